"""Who may do what with activities: one table from action to predicate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from civic.kernel.actor import Actor, OrganisationRole, Role
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_

_EDITORS = (OrganisationRole.OWNER, OrganisationRole.COORDINATOR)


class Action(StrEnum):
    """What can be done."""

    EDIT_ACTIVITY = "edit_activity"
    SEE_PARTICIPANTS = "see_participants"
    REACH_PARTICIPANTS = "reach_participants"
    RECORD_ATTENDANCE = "record_attendance"
    DECIDE_SIGNUP = "decide_signup"
    SIGN_UP = "sign_up"
    CANCEL_SIGNUP = "cancel_signup"
    SEE_SIGNUP = "see_signup"
    KEEP_REGISTER = "keep_register"
    TAKE_CERTIFICATE = "take_certificate"
    ASK_FOR_CLASS = "ask_for_class"
    KEEP_CLASS = "keep_class"
    MARK_COUNSELLING = "mark_counselling"


@dataclass(frozen=True, slots=True)
class Target:
    """What a predicate looks at: the organisation that answers for the activity, the person whose signup it is."""

    organisation_id: int | None = None
    person_id: int | None = None


def _edits(actor: Actor, target: Target) -> bool:
    return actor.has_second_factor and actor.is_in(target.organisation_id, *_EDITORS)


def _works_there(actor: Actor, target: Target) -> bool:
    return actor.has_second_factor and actor.is_in(target.organisation_id)


def _is_or_answers_for(actor: Actor, target: Target) -> bool:
    return actor.is_signed_in and (actor.person_id == target.person_id or target.person_id in actor.wards)


def _safeguards(actor: Actor, _target: Target) -> bool:
    return actor.has_second_factor and actor.has_role(Role.SAFEGUARDING_OFFICER)


def _sees_signup(actor: Actor, target: Target) -> bool:
    return _is_or_answers_for(actor, target) or _works_there(actor, target) or _safeguards(actor, target)


def _keeps_class(actor: Actor, target: Target) -> bool:
    return _edits(actor, target) or (_works_there(actor, target) and actor.person_id == target.person_id)


POLICY: dict[Action, Callable[[Actor, Target], bool]] = {
    Action.EDIT_ACTIVITY: _edits,
    Action.SEE_PARTICIPANTS: _works_there,
    Action.REACH_PARTICIPANTS: _edits,
    Action.RECORD_ATTENDANCE: _works_there,
    Action.DECIDE_SIGNUP: _edits,
    Action.SIGN_UP: _is_or_answers_for,
    Action.CANCEL_SIGNUP: _is_or_answers_for,
    Action.SEE_SIGNUP: _sees_signup,
    Action.KEEP_REGISTER: _edits,
    Action.ASK_FOR_CLASS: _works_there,
    Action.KEEP_CLASS: _keeps_class,
    Action.MARK_COUNSELLING: _safeguards,
    Action.TAKE_CERTIFICATE: lambda actor, target: _is_or_answers_for(actor, target) or _edits(actor, target),
}


def can(actor: Actor, action: Action, target: Target) -> bool:
    """Whether the actor may; the system may everything."""
    return actor.is_system or POLICY[action](actor, target)


def check_can(actor: Actor, action: Action, target: Target) -> None:
    """Raise NotAllowed unless the actor may."""
    if not can(actor, action, target):
        raise NotAllowed(N_("You are not allowed to do this."))


def may_know(actor: Actor, organisation_id: int) -> bool:
    """Whether the actor may know of what the organisation has not made public."""
    return actor.is_system or actor.is_in(organisation_id)
