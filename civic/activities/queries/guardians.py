"""Who answers for whom: for a person, or by an authorisation for one signup alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from civic.accounts.rules import born_on_or_before, normalise_email
from civic.accounts.types import ACCOUNT_AGE, ADULT_AGE
from civic.activities.types import LIVE
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session

# Of the signup `s` by the person `w`, who must not be of age: whoever asks says so.
WHO_ANSWERS = """
SELECT h.guardian_id FROM guardianship h WHERE h.ward_id = w.id AND h.ended_at IS NULL
UNION ALL
SELECT h.guardian_id FROM authorisation h
 WHERE h.signup_id = s.id AND h.withdrawn_at IS NULL AND h.answer IS DISTINCT FROM 'refused'
"""
# Of the signup `s`: whoever was only asked, and has not said yes, neither reads nor writes what is of the child.
SAID_YES = """(EXISTS (SELECT FROM guardianship h
                        WHERE h.ward_id = s.person_id AND h.guardian_id = :person_id AND h.ended_at IS NULL)
               OR EXISTS (SELECT FROM authorisation h WHERE h.signup_id = s.id AND h.guardian_id = :person_id
                             AND h.answer = 'granted' AND h.withdrawn_at IS NULL))"""
_WARD = sa.text(f"""
SELECT w.id FROM signup s JOIN person w ON w.id = s.person_id
 WHERE s.public_id = :public_id AND w.birth_on > :adult_born_on AND :person_id IN ({WHO_ANSWERS})
""")
_IS_CHILD = """w.erased_at IS NULL AND w.birth_on = :birth_on AND lower(w.given_name) = :given_name
   AND (lower(w.family_name) = :family_name OR :family_name = '')
   AND NOT EXISTS (SELECT FROM account c WHERE c.person_id = w.id)
   AND EXISTS (SELECT FROM person g LEFT JOIN account c ON c.person_id = g.id
                WHERE coalesce(c.email, g.email) = :email AND g.id IN ({whom}))"""
_ANSWER = "SELECT h.guardian_id FROM guardianship h WHERE h.ward_id = w.id AND h.ended_at IS NULL"
_WERE_ASKED = "SELECT h.guardian_id FROM authorisation h JOIN signup t ON t.id = h.signup_id WHERE t.person_id = w.id"
_MAY_ANSWER = f"""{_ANSWER} UNION ALL {_WERE_ASKED} AND w.birth_on > :account_born_on AND h.seen_by_id IS NULL
   AND h.withdrawn_at IS NULL AND coalesce(h.answer, 'granted') = 'granted'"""
_CHILD = sa.text(f"SELECT w.id FROM person w WHERE {_IS_CHILD.format(whom=_MAY_ANSWER)} ORDER BY w.id LIMIT 1")
_SIGNED_UP = sa.text(f"""
SELECT s.public_id FROM person w JOIN signup s ON s.person_id = w.id JOIN opening x ON x.id = s.opening_id
 WHERE {_IS_CHILD.format(whom=f"{_ANSWER} UNION ALL {_WERE_ASKED}")}
   AND x.public_id = :opening AND s.state = ANY(:live)
 ORDER BY s.id LIMIT 1
""")
_LIVE = sorted(state.value for state in LIVE)


def find_ward(person_id: int, signup_public_id: str) -> int | None:
    """Return whose signup it is, where they are a minor for whom the person answers today, or answers in this matter."""
    born_on = born_on_or_before(ADULT_AGE, clock.today())
    values = {"public_id": signup_public_id, "person_id": person_id, "adult_born_on": born_on}
    return session().scalar(_WARD, values)


def has_said_yes(actor: Actor, signup_id: int) -> bool:
    """Whether the actor answers for who signed up: in general, or by a yes to this signup; to be asked is not enough."""
    statement = sa.text(f"SELECT {SAID_YES} FROM signup s WHERE s.id = :signup_id")
    return bool(session().scalar(statement, {"signup_id": signup_id, "person_id": actor.person_id}))


def with_ward(actor: Actor, signup_public_id: str) -> Actor:
    """Return the actor as who answers for the person of this signup, where they do by an authorisation alone."""
    ward = find_ward(actor.person_id, signup_public_id) if actor.is_signed_in else None
    return actor if ward is None else replace(actor, wards=actor.wards | {ward})


def find_child(given_name: str, family_name: str, birth_on: date, guardian_email: str) -> int | None:
    """Return the child of this full name and birthday for whom this address answers, or is asked now; or None.

    From 14 on who was asked for one sign-up does not answer for the rest, nor does at any age who said no or took the yes back,
    nor whose address was read off a sheet of paper.
    """
    return session().scalar(_CHILD, _of_child(given_name, family_name, birth_on, guardian_email))


def find_signup_of_child(opening: str, given_name: str, family_name: str, birth_on: date, guardian_email: str) -> str | None:
    """Return the live signup here of a child of this name for whom this address answers, or was ever asked; or None.

    A child alone at the screen leaves no family name: the first name and the birthday are enough then.
    """
    values = _of_child(given_name, family_name, birth_on, guardian_email)
    return session().scalar(_SIGNED_UP, {**values, "opening": opening, "live": _LIVE})


def _of_child(given_name: str, family_name: str, birth_on: date, guardian_email: str) -> dict[str, Any]:
    return {
        "given_name": given_name.strip().lower(),
        "family_name": family_name.strip().lower(),
        "birth_on": birth_on,
        "account_born_on": born_on_or_before(ACCOUNT_AGE, clock.today()),
        "email": normalise_email(guardian_email),
    }
