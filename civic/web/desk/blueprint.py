"""The desk's blueprint, and what stands around each of its pages: whose desk, and where one can go."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_
from civic.organisations.queries import OrganisationRow, get_own
from civic.organisations.types import OrganisationKind, OrganisationState
from civic.web.signing_in import current_actor

blueprint = Blueprint("desk", __name__, url_prefix="/gestione")


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place to go in the desk; `label` is a message id."""

    label: str
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose desk it is, what this member may do, and the menu at the side."""

    owner: str
    slug: str
    nav: tuple[NavItem, ...]
    can_edit: bool
    is_owner: bool
    is_verified: bool


_NAV = (
    (N_("Today"), "desk.organisation", "it-inbox", ()),
    (
        N_("Activities"),
        "desk.activities",
        "it-calendar",
        (
            "desk.activity",
            "desk.age_exception",
            "desk.announcements",
            "desk.meeting",
            "desk.opening",
            "desk.paper",
            "desk.attendance",
            "desk.sheet",
            "desk.departures",
            "desk.register",
            "desk.certificate",
            "desk.cancel",
            "desk.care",
            "desk.remove",
            "desk.not_reached",
            "desk.reminders",
            "desk.reserved",
            "desk.referral",
        ),
    ),
    (N_("Classes"), "desk.classes", "it-list", ("desk.class",)),
    (N_("Initiatives"), "desk.initiatives", "it-flag", ("desk.initiative",)),
    (N_("Import"), "desk.import_file", "it-upload", ()),
    (N_("People"), "desk.members", "it-user", ("desk.declaration",)),
    (N_("Organisation"), "desk.profile", "it-pa", ()),
)
_FOR_EDITORS = ("desk.initiatives", "desk.profile", "desk.import_file")


def own(slug: str) -> OrganisationRow:
    """Return the organisation of this desk for who is signed in; raises NotFound for whoever is not a member."""
    return get_own(current_actor(), slug)


def own_to_edit(slug: str) -> OrganisationRow:
    """As `own`, for who may change things."""
    row = own(slug)
    if not can_edit(current_actor(), row):
        raise NotAllowed(N_("Only owners and coordinators can do this: ask one of them."))
    return row


def can_edit(actor: Actor, row: OrganisationRow) -> bool:
    """Whether the actor writes for the organisation."""
    return actor.is_in(row.id, OrganisationRole.OWNER, OrganisationRole.COORDINATOR)


def show(template: str, row: OrganisationRow, status: int = 200, **values: object):
    """Render a page of the desk."""
    return render_template(template, desk=_desk(row), **values), status


def _desk(row: OrganisationRow) -> Desk:
    actor = current_actor()
    edits = can_edit(actor, row)
    items = []
    for label, endpoint, icon, prefixes in _NAV:
        if (endpoint in _FOR_EDITORS and not edits) or (endpoint == "desk.classes" and row.kind is not OrganisationKind.SCHOOL):
            continue
        here = request.endpoint == endpoint or (request.endpoint or "").startswith(prefixes or ("-",))
        items.append(NavItem(label, url_for(endpoint, slug=row.slug), icon, here))
    return Desk(
        owner=row.name,
        slug=row.slug,
        nav=tuple(items),
        can_edit=edits,
        is_owner=actor.is_in(row.id, OrganisationRole.OWNER),
        is_verified=row.state is OrganisationState.VERIFIED,
    )
