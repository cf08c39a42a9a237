"""Where both guardians must say yes: after the first has, the other is asked, with a time of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from civic.accounts.services import people
from civic.activities import rules
from civic.activities.models import Signup
from civic.activities.queries.yeses import Yes
from civic.activities.services import asking
from civic.activities.types import OpeningFacts, SignupState
from civic.kernel import clock
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

FIRSTS_ADDRESS = N_("This is the address of the parent who says yes already: write the one of the other parent.")


@dataclass(frozen=True, slots=True)
class Second:
    """Who else must say yes, in the words of the first: the address of the other, or that they alone decide.

    `text` is the authorisation as it was shown with that, where it was shown before without.
    """

    email: str = ""
    is_sole: bool = False
    text: str = ""


NOBODY = Second()


def find_second(needed: int, said: Second, ward_id: int, first_ids: Collection[int]) -> int | None:
    """Return who is to be asked besides the first; None where one yes is enough here, or they alone decide.

    Raises RuleBroken where nobody was named, or somebody who cannot be the other: the young person, or the first again.
    """
    if needed == 1:
        return None
    if said.is_sole and said.email:
        raise RuleBroken(
            N_("Either write the address of the other parent, or say that you alone decide: not both."), field="second_email"
        )
    if said.is_sole:
        return None
    if not said.email:
        raise RuleBroken(
            N_("Here both parents must say yes: write the address of the other one, or tick that you alone decide."),
            field="second_email",
        )
    if people.is_mailbox_of(ward_id, said.email):
        raise RuleBroken(N_("This is the young person's own address: write the one of the other parent."), field="second_email")
    second_id = people.contact_for(said.email, None)
    check_is_other(second_id, said.email, first_ids, field="second_email")
    return second_id


def check_is_other(second_id: int | None, email: str, first_ids: Collection[int], *, field: str) -> None:
    """Raise RuleBroken where the second would be the person, or read the mailbox, of one who has said yes."""
    if second_id in first_ids or any(people.is_mailbox_of(one, email) for one in first_ids):
        raise RuleBroken(FIRSTS_ADDRESS, field=field)


def check_is_another(name: str, yeses: Collection[Yes], *, field: str) -> None:
    """Raise RuleBroken where somebody of this name has said yes already."""
    if _plain(name) in {_plain(one.name) for one in yeses}:
        raise RuleBroken(N_("Somebody of this name has said yes already: the other parent must answer."), field=field)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def write_question(signup_id: int, second_id: int, opening: OpeningFacts) -> None:
    """Write the question to the second guardian, without asking yet; raise RuleBroken where they were asked too often today."""
    try:
        asking.write_open(signup_id, second_id, opening)
    except RuleBroken as error:
        raise RuleBroken(error.message, field="second_email") from None


def ask_next(signup: Signup, opening: OpeningFacts, second_id: int | None) -> None:
    """Ask who else must say yes: `second_id`, else who answers for the young person as well; the time begins anew.

    A place that is held is held as long. Where nobody is known, the young person is asked to name somebody.
    """
    if second_id is not None:
        write_question(signup.id, second_id, opening)
    if signup.state is SignupState.REQUESTED:
        return  # A request is asked for when it has been approved.
    event = asking.start_clock(signup, opening)
    if signup.state is SignupState.PENDING_GUARDIAN:
        signup.hold_until = rules.hold_until_for(signup.state, clock.now(), opening)
        writing().flush()
    outbox.record(event)
