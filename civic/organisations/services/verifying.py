"""From the registration of an organisation to the administration's yes or no."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.db import session, writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import new_public_id, slugify
from civic.kernel.states import CHANGED, check_move
from civic.organisations import rules
from civic.organisations.events import (
    OrganisationRegistered,
    OrganisationRejected,
    OrganisationSuspended,
    OrganisationVerified,
    SuspensionLifted,
)
from civic.organisations.models import Membership, Organisation
from civic.organisations.policy import Action, check_can
from civic.organisations.types import MOVES, OrganisationKind, OrganisationState
from civic.outbox import services as outbox

_TAX_CODE_LOCK = 7401


@dataclass(frozen=True, slots=True)
class OrganisationFields:
    """What an organisation says of itself."""

    name: str
    tax_code: str
    kind: OrganisationKind
    email: str
    summary: str = ""
    runts_number: str | None = None
    phone: str | None = None
    website: str | None = None
    quartiere_id: int | None = None


def register_organisation(actor: Actor, fields: OrganisationFields, owner_id: int) -> Organisation:
    """Write an organisation that waits to be verified, with its first owner; one per tax code."""
    check_can(actor, Action.REGISTER)
    _check_name(fields)
    tax_code = _free_tax_code(fields.tax_code)
    now = clock.now()
    organisation = Organisation(
        public_id=new_public_id(),
        slug=_free_slug(fields.name),
        tax_code=tax_code,
        state=OrganisationState.PENDING,
        state_changed_at=now,
        created_at=now,
    )
    _write_fields(organisation, fields)
    writing().add(organisation)
    writing().flush()
    add_member(organisation.id, owner_id, OrganisationRole.OWNER)
    audit.record(actor, "register_organisation", "organisation", organisation.id)
    outbox.record(OrganisationRegistered(organisation.id))
    return organisation


def _check_name(fields: OrganisationFields) -> None:
    if not fields.name.strip():
        raise RuleBroken(N_("Write the name of the organisation."), field="name")


def _free_tax_code(typed: str) -> str:
    """Return the tax code as it is kept; two who register it at once wait here for each other."""
    tax_code = rules.normalise_tax_code(typed)
    writing().execute(sa.select(sa.func.pg_advisory_xact_lock(_TAX_CODE_LOCK, int(tax_code) % 2**31)))
    if session().scalar(sa.select(sa.exists().where(Organisation.tax_code == tax_code))):
        raise RuleBroken(N_("An organisation with this tax code is here already: ask its owner to invite you."), field="tax_code")
    return tax_code


def _write_fields(organisation: Organisation, fields: OrganisationFields) -> None:
    organisation.name = fields.name.strip()
    organisation.kind = fields.kind
    organisation.email = fields.email.strip().lower()
    organisation.summary = fields.summary.strip()
    organisation.runts_number = (fields.runts_number or "").strip() or None
    organisation.phone = (fields.phone or "").strip() or None
    organisation.website = rules.normalise_website(fields.website or "")
    organisation.quartiere_id = fields.quartiere_id


def update_organisation(actor: Actor, organisation_id: int, fields: OrganisationFields) -> Organisation:
    """Change what the organisation says of itself; the tax code only until it is verified."""
    organisation = lock_own(actor, organisation_id, Action.EDIT)
    _check_name(fields)
    tax_code = rules.normalise_tax_code(fields.tax_code)
    if tax_code != organisation.tax_code:
        if organisation.state in (OrganisationState.VERIFIED, OrganisationState.SUSPENDED):
            raise RuleBroken(N_("The tax code was verified: only the administration can change it."), field="tax_code")
        organisation.tax_code = _free_tax_code(tax_code)
    _write_fields(organisation, fields)
    writing().flush()
    audit.record(actor, "update_organisation", "organisation", organisation.id)
    return organisation


def ask_again(actor: Actor, organisation_id: int) -> None:
    """Put a rejected organisation in front of the administration once more."""
    organisation = lock_own(actor, organisation_id, Action.EDIT)
    _move(actor, organisation, OrganisationState.PENDING, "")
    outbox.record(OrganisationRegistered(organisation.id))


def lock_own(actor: Actor, organisation_id: int, action: Action) -> Organisation:
    """Lock the organisation for a member who may do `action`; NotFound for whoever is not a member."""
    if not (actor.is_system or actor.is_in(organisation_id)):
        raise NotFound
    check_can(actor, action, organisation_id)
    organisation = writing().scalar(sa.select(Organisation).where(Organisation.id == organisation_id).with_for_update())
    if organisation is None:
        raise NotFound
    return organisation


def add_member(organisation_id: int, person_id: int, role: OrganisationRole) -> None:
    """Let a person act for the organisation from now on."""
    writing().add(Membership(organisation_id=organisation_id, person_id=person_id, role=role, started_at=clock.now()))
    writing().flush()


def verify_organisation(actor: Actor, public_id: str) -> None:
    """Let the organisation publish from now on."""
    organisation = _lock(actor, public_id, OrganisationState.PENDING)
    _move(actor, organisation, OrganisationState.VERIFIED, "")
    outbox.record(OrganisationVerified(organisation.id))


def reject_organisation(actor: Actor, public_id: str, reason: str) -> None:
    """Say no for now; the organisation reads the reason and can ask again."""
    _check_reason(reason)
    organisation = _lock(actor, public_id, OrganisationState.PENDING)
    _move(actor, organisation, OrganisationState.REJECTED, reason.strip())
    outbox.record(OrganisationRejected(organisation.id))


def suspend_organisation(actor: Actor, public_id: str, reason: str) -> None:
    """Take what the organisation has published out of sight and let nobody sign up, until the suspension is lifted."""
    _check_reason(reason)
    organisation = _lock(actor, public_id, OrganisationState.VERIFIED)
    _move(actor, organisation, OrganisationState.SUSPENDED, reason.strip())
    outbox.record(OrganisationSuspended(organisation.id))


def lift_suspension(actor: Actor, public_id: str) -> None:
    """Let the organisation be public again with all it had published."""
    organisation = _lock(actor, public_id, OrganisationState.SUSPENDED)
    _move(actor, organisation, OrganisationState.VERIFIED, "")
    outbox.record(SuspensionLifted(organisation.id))


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken(N_("Write the reason: the organisation will read it."), field="reason")


def _lock(actor: Actor, public_id: str, before: OrganisationState) -> Organisation:
    """Lock the organisation for the administration; RuleBroken where it is not as the page showed it."""
    check_can(actor, Action.VERIFY)
    organisation = writing().scalar(
        sa.select(Organisation)
        .where(Organisation.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if organisation is None:
        raise NotFound
    if organisation.state is not before:
        raise RuleBroken(CHANGED)
    return organisation


def _move(actor: Actor, organisation: Organisation, after: OrganisationState, reason: str) -> None:
    check_move(MOVES, organisation.state, after)
    organisation.state = after
    organisation.state_reason = reason or None
    organisation.state_changed_at = clock.now()
    writing().flush()
    audit.record(actor, f"organisation_{after.value}", "organisation", organisation.id)


def _free_slug(name: str) -> str:
    base = slugify(name)
    taken = set(
        session().scalars(
            sa.select(Organisation.slug).where(sa.or_(Organisation.slug == base, Organisation.slug.like(base + "-%")))
        )
    )
    if base not in taken:
        return base
    return next(free for number in range(2, len(taken) + 3) if (free := f"{base}-{number}") not in taken)
