"""Asking a guardian again, or another one: the old link dies, and what is mailed can be answered."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts, yeses
from civic.activities.services import asking, second_guardian
from civic.activities.services.answering import lock_own_signup
from civic.activities.types import AuthorisationAnswer, OpeningFacts, SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

_ASKABLE = (
    SignupState.PENDING_GUARDIAN,
    SignupState.WAITING,
    SignupState.REQUESTED,
    SignupState.OFFERED,
    SignupState.CONFIRMED,
)


def correct_guardian(actor: Actor, signup_public_id: str, email: str) -> None:
    """Ask at `email`: the link that went before is worthless from now on.

    A question that is still open keeps its clock; one that ran out, or was never asked, gets a new one. Raises RuleBroken
    after three resends, where the address is the young person's own, or where there is nothing to ask any more.
    """
    signup, opening = lock_own_signup(actor, signup_public_id)
    _check_can_be_asked(signup)
    try:
        guardian_id = asking.guardian_at(email, signup.person_id)
        said_yes = [one.guardian_id for one in yeses.list_yeses(signup.id)]
        second_guardian.check_is_other(guardian_id, email, said_yes, field="email")
        asked = _ask_other(signup, guardian_id) or _ask_anew(signup, guardian_id, opening)
    except RuleBroken as error:
        raise RuleBroken(error.message, field=error.field and "email", **error.values) from None
    audit.record(actor, "guardian_corrected", "signup", signup.id, authorisation=asked.id)
    # A request is asked for when it has been approved.
    if signup.state is not SignupState.REQUESTED:
        outbox.record(asking.ask(asked, signup.id))


def _check_can_be_asked(signup: Signup) -> None:
    ran_out = signup.hold_until is not None and signup.hold_until <= clock.now()
    if signup.state is SignupState.EXPIRED or ran_out:
        raise RuleBroken(N_("The time is over and the place was given back: you can sign up again."))
    is_askable = signup.state in _ASKABLE and not signup.awaits_click
    if not is_askable or not signup.needs_authorisation or facts.has_authorisation(signup.id):
        raise RuleBroken(N_("For this sign-up there is nothing to ask a parent now."))
    count = sa.func.count() + sa.func.coalesce(sa.func.sum(Authorisation.resends), 0)
    # The second guardian is another question: what the first took to be reached counts no more.
    answered = sa.select(sa.func.coalesce(sa.func.max(Authorisation.id), 0)).where(
        Authorisation.signup_id == signup.id,
        Authorisation.answer == AuthorisationAnswer.GRANTED,
        Authorisation.withdrawn_at.is_(None),
    )
    since = sa.and_(Authorisation.signup_id == signup.id, Authorisation.id > answered.scalar_subquery())
    if session().scalar(sa.select(count).where(since)) > rules.MAX_RESENDS:
        raise RuleBroken(N_("The link was already sent again three times. Ask the organisation for help."), field="email")


def _ask_other(signup: Signup, guardian_id: int) -> Authorisation | None:
    """Put the question that is still open to `guardian_id`; None where there is no such question."""
    asked = asking.find_answerable(signup.id)
    if asked is None:
        return None
    asking.check_may_be_asked(guardian_id)
    links.kill_links(LinkPurpose.AUTHORISATION, asked.id)
    asked.resends += 1
    asked.guardian_id = guardian_id
    writing().flush()
    return asked


def _ask_anew(signup: Signup, guardian_id: int, opening: OpeningFacts) -> Authorisation:
    asking.close_asked(signup.id)
    asked = asking.write_open(signup.id, guardian_id, opening)
    if signup.state is SignupState.PENDING_GUARDIAN:
        asked.expires_at = min(asked.expires_at, signup.hold_until)
        writing().flush()
    return asked
