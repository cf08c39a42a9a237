"""The call to who said yes for a minor: the number it needs, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Account, Person
from civic.accounts.services import closing, people
from civic.activities.calls import CallOutcome, GuardianCall
from civic.activities.models import Authorisation, Signup
from civic.activities.services import deciding, withdrawing
from civic.activities.types import LIVE, AuthorisationAnswer, OpeningFacts
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_


def note_call(actor: Actor, signup_public_id: str, guardian: str, outcome: CallOutcome) -> None:
    """Write that a member of the organisation called the guardian (their public id) about their yes, and what came of it.

    Who says that they authorised nothing has taken their yes back: the signup ends as after any withdrawal, and its place
    goes on. Raises RuleBroken where no call is asked for, or their yes no longer stands.
    """
    signup, opening = deciding.lock_for_decision(actor, signup_public_id)
    if not opening.asks_call:
        raise RuleBroken(N_("This activity asks for no call."))
    if signup.state not in LIVE or (opening.ends_at is not None and opening.ends_at <= clock.now()):
        raise RuleBroken(N_("This sign-up is already over."))
    given = _standing_yes(signup.id, guardian)
    writing().add(GuardianCall(authorisation_id=given.id, caller_id=actor.person_id, called_at=clock.now(), outcome=outcome))
    writing().flush()
    audit.record(actor, f"guardian_call_{outcome.value}", "signup", signup.id, authorisation=given.id)
    if outcome is CallOutcome.DENIED:
        _deny(actor, given, signup, opening)


def _standing_yes(signup_id: int, guardian: str) -> Authorisation:
    given = writing().scalar(
        sa.select(Authorisation)
        .join(Person, Person.id == Authorisation.guardian_id)
        .where(
            Authorisation.signup_id == signup_id,
            Person.public_id == guardian,
            Authorisation.answer == AuthorisationAnswer.GRANTED,
            Authorisation.withdrawn_at.is_(None),
        )
    )
    if given is None:
        raise RuleBroken(N_("This yes no longer stands: look at the list again."))
    return given


def _deny(actor: Actor, given: Authorisation, signup: Signup, opening: OpeningFacts) -> None:
    """Take the yes back; who has said yes for this child to nothing else, and is nobody here, answers for nothing of it."""
    given.withdrawn_at = clock.now()
    writing().flush()
    if not _has_another_word(given.guardian_id, signup.person_id):
        guardian = Actor(person_id=given.guardian_id, wards=frozenset({signup.person_id}))
        closing.withdraw_consents(guardian, signup.person_id)
        if people.answers_for(given.guardian_id, signup.person_id):
            closing.end_guardianship(guardian, given.guardian_id, signup.person_id)
    withdrawing.end_signup(actor, signup, opening, "not authorised, said on the telephone")


def _has_another_word(guardian_id: int, ward_id: int) -> bool:
    """Whether the guardian has an account, or another yes of theirs for the ward stands: those one call does not judge."""
    account = sa.select(Account.id).where(Account.person_id == guardian_id)
    other = (
        sa.select(Authorisation.id)
        .join(Signup, Signup.id == Authorisation.signup_id)
        .where(
            Signup.person_id == ward_id,
            Authorisation.guardian_id == guardian_id,
            Authorisation.answer == AuthorisationAnswer.GRANTED,
            Authorisation.withdrawn_at.is_(None),
        )
    )
    return bool(session().scalar(sa.select(sa.or_(account.exists(), other.exists()))))
