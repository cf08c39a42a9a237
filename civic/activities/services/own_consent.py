"""One's own consent from 14 on: confirmed or taken back, also by who has no account, through a link of our mails.

Source: GDPR, art. 7 and 8; D. Lgs. 196/2003, art. 2-quinquies (14 years).
"""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Account, Consent, Guardianship, Person
from civic.accounts.rules import may_have_account
from civic.accounts.services import closing, people
from civic.activities.models import Authorisation, Signup
from civic.activities.services import withdrawing
from civic.activities.types import AuthorisationAnswer
from civic.audit import services as audit
from civic.kernel import clock, crypto
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound

_PURPOSE = "own-consent"


def consent_token(person_public_id: str, email: str) -> str:
    """Return the token with which a person without an account sees their consents; another address makes it void."""
    return f"{person_public_id}-{crypto.sign(_PURPOSE, person_public_id, email)}"


def actor_of_token(token: str) -> Actor:
    """Return who the token stands for; NotFound where it is not ours, below 14, and for whoever can sign in to an account.

    An account that nobody confirmed, or that is shut, lets nobody in: there the link stays the way.
    """
    public_id, _, signature = token.partition("-")
    signs_in = sa.and_(Account.confirmed_at.is_not(None), Account.disabled_at.is_(None))
    row = session().execute(
        sa.select(Person.id, Person.birth_on, sa.func.coalesce(Account.email, Person.email).label("email"))
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.public_id == public_id, Person.erased_at.is_(None), sa.not_(sa.func.coalesce(signs_in, sa.false())))
    ).one_or_none()
    if row is None or row.email is None or not crypto.is_signed(signature, _PURPOSE, public_id, row.email):
        raise NotFound
    if row.birth_on is None or not may_have_account(row.birth_on, clock.today()):
        raise NotFound
    return Actor(person_id=row.id, birth_on=row.birth_on)


def is_own(actor: Actor) -> bool:
    """Whether the actor agreed to the use of their data themselves."""
    own = sa.select(Consent.id).where(
        Consent.person_id == actor.person_id, Consent.given_by_id == actor.person_id, Consent.withdrawn_at.is_(None)
    )
    return session().scalar(own.limit(1)) is not None


def confirm(actor: Actor, text: str) -> None:
    """Make the consent the actor's own, in the words that were shown; once is enough."""
    if not is_own(actor):
        people.give_consent(actor.person_id, actor.person_id, text)
        audit.record(actor, "confirm_consent", "person", actor.person_id)


def withdraw(actor: Actor) -> None:
    """Take back every consent to the use of the actor's data, whoever gave it, so that nobody keeps them.

    Signups to come are cancelled; who answered for the actor no longer does, and what was authorised ends, on paper too.
    """
    withdrawing.cancel_all_signups(actor, actor.person_id)
    guardians = sa.select(Guardianship.guardian_id).where(
        Guardianship.ward_id == actor.person_id, Guardianship.ended_at.is_(None)
    )
    for guardian_id in session().scalars(guardians.order_by(Guardianship.id)).all():
        withdrawing.end_guardianship(actor, guardian_id, actor.person_id)
    own = sa.select(Signup.id).where(Signup.person_id == actor.person_id)
    writing().execute(
        sa.update(Authorisation)
        .where(Authorisation.signup_id.in_(own), Authorisation.answer == AuthorisationAnswer.GRANTED)
        .where(Authorisation.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    closing.withdraw_consents(actor, actor.person_id)
