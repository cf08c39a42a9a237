"""Asking a guardian: one question at a time, by a mailed link with a clock."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.accounts.services import links, people
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.events import AuthorisationAsked, AuthorisationFoundMissing
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import yeses
from civic.activities.types import OpeningFacts
from civic.kernel import clock
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

MOST_ASKED_IN_A_DAY = 5
OWN_ADDRESS = N_("This is your own address: write the one of a parent, or of who has parental responsibility.")

# `me+school@x` is read by who reads `me@x`, as `accounts.rules.mailbox_of` says.
_MAILBOX = "regexp_replace({address}, '[+].*@', '@')"
_ASKED_TODAY = sa.text(f"""
SELECT coalesce(sum(1 + h.resends), 0)
  FROM authorisation h
  JOIN person g ON g.id = h.guardian_id
  LEFT JOIN account c ON c.person_id = g.id
 WHERE h.answer IS DISTINCT FROM 'granted' AND h.asked_at > :since
   AND {_MAILBOX.format(address="coalesce(c.email, g.email)")} = (
       SELECT {_MAILBOX.format(address="coalesce(mc.email, m.email)")} FROM person m
         LEFT JOIN account mc ON mc.person_id = m.id WHERE m.id = :guardian_id)
""")
_CLOSE = sa.text("""
UPDATE authorisation SET answer = coalesce(answer, 'expired'), answered_at = coalesce(answered_at, :now), withdrawn_at = :now
 WHERE signup_id = :signup_id AND withdrawn_at IS NULL AND answer IS DISTINCT FROM 'granted' RETURNING id
""")


def write_open(signup_id: int, guardian_id: int, opening: OpeningFacts) -> Authorisation:
    """Write an authorisation that waits for its answer, without asking anybody yet.

    Raises RuleBroken where this address has been asked often enough today.
    """
    check_may_be_asked(guardian_id)
    now = clock.now()
    asked = Authorisation(
        signup_id=signup_id,
        guardian_id=guardian_id,
        asked_at=now,
        expires_at=rules.authorisation_deadline(now, rules.last_answer_at(now, opening)),
    )
    writing().add(asked)
    writing().flush()
    return asked


def ask(asked: Authorisation, signup_id: int) -> AuthorisationAsked:
    """Make the link for an open authorisation; the event that is returned, once recorded, mails it."""
    link_id = links.make_link(LinkPurpose.AUTHORISATION, asked.guardian_id, asked.expires_at, subject_id=asked.id)
    return AuthorisationAsked(asked.id, signup_id, link_id)


def find_open(signup_id: int) -> Authorisation | None:
    """Return the authorisation of the signup that still waits for an answer, or None."""
    return session().scalar(sa.select(Authorisation).where(Authorisation.signup_id == signup_id, Authorisation.answer.is_(None)))


def find_answerable(signup_id: int) -> Authorisation | None:
    """Return the authorisation of the signup that can be answered now, or None."""
    asked = find_open(signup_id)
    return asked if asked is not None and asked.expires_at > clock.now() else None


def check_may_be_asked(guardian_id: int) -> None:
    """Raise RuleBroken where this mailbox was asked often enough today: nobody's is filled through us.

    What counts is the mailbox, whoever wrote it and whatever became of the sign-up; a yes shows that the mails are welcome.
    """
    asked = session().scalar(_ASKED_TODAY, {"guardian_id": guardian_id, "since": clock.now() - timedelta(days=1)})
    if asked >= MOST_ASKED_IN_A_DAY:
        raise RuleBroken(
            N_("This address was asked several times today and has not answered yet: answer those mails first."),
            field="guardian_email",
        )


def close_asked(signup_id: int) -> None:
    """End whatever was asked for the signup until now: it gives nobody any right over it any more. A yes stays."""
    closed = writing().scalars(_CLOSE, {"signup_id": signup_id, "now": clock.now()}).all()
    links.kill_links(LinkPurpose.AUTHORISATION, *closed)


def _write_open_to_known(signup: Signup, opening: OpeningFacts) -> Authorisation | None:
    """Write the question for who answers for the person and has not said yes; None for nobody, or asked too often today."""
    guardian_id = people.find_guardian(signup.person_id, besides=[one.guardian_id for one in yeses.list_yeses(signup.id)])
    try:
        return None if guardian_id is None else write_open(signup.id, guardian_id, opening)
    except RuleBroken:
        return None


def start_clock(signup: Signup, opening: OpeningFacts) -> AuthorisationAsked | AuthorisationFoundMissing:
    """Ask whom the open question is for, else who answers for the person, the time counting from now; else it is missing."""
    asked = find_open(signup.id) or _write_open_to_known(signup, opening)
    if asked is None:
        return AuthorisationFoundMissing(signup.id)
    asked.asked_at = now = clock.now()
    asked.expires_at = rules.authorisation_deadline(now, rules.last_answer_at(now, opening))
    writing().flush()
    return ask(asked, signup.id)


def guardian_at(email: str, person_id: int) -> int:
    """Return whom to ask at `email` for the person; raise RuleBroken where it is a mailbox of their own."""
    if people.is_mailbox_of(person_id, email):
        raise RuleBroken(OWN_ADDRESS, field="guardian_email")
    return people.contact_for(email, None)
