"""What the administration does: verify organisations, give roles, look at figures and at the audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import EmailField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from civic.accounts.services import resetting, roles
from civic.activities.types import SignupState
from civic.audit.queries import AuditFilters, list_entries
from civic.kernel.actor import Actor, Role
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _
from civic.organisations import queries
from civic.organisations.services import verifying
from civic.organisations.types import KIND_LABELS, STATE_LABELS, OrganisationState
from civic.reporting.overview import SMALLEST_GROUP, get_overview
from civic.safeguarding.policy import Action, can
from civic.web.desk.activity_forms import ReasonForm
from civic.web.desk.blueprint import NavItem
from civic.web.doing import do_and_say
from civic.web.fields import EMAIL, read_day
from civic.web.forms import SubmitForm
from civic.web.paging import Pager, build_pager, page_number
from civic.web.signing_in import current_actor

blueprint = Blueprint("administration", __name__, url_prefix="/amministrazione")

ROLES = {
    Role.OFFICER: (N_("Officer"), N_("Verifies organisations, sees the figures")),
    Role.SAFEGUARDING_OFFICER: (N_("Safeguarding officer"), N_("Sees who conducts workshops for minors, single sign-ups")),
    Role.PLATFORM_ADMINISTRATOR: (N_("Platform administrator"), N_("Gives and takes these roles")),
}
_NAV = (
    (N_("Figures"), "administration.index", "it-chart-line"),
    (N_("Organisations"), "administration.organisations", "it-pa"),
    (N_("Safeguarding"), "administration.safeguarding", "it-check-circle"),
    (N_("Messages"), "administration.announcements", "it-mail"),
    (N_("Sending"), "administration.sending", "it-upload"),
    (N_("Every message"), "administration.previews", "it-list"),
    (N_("Roles"), "administration.staff", "it-user"),
    (N_("Audit"), "administration.audit", "it-list"),
)
_STATES = {
    SignupState.CONFIRMED: N_("They have a place"),
    SignupState.PENDING_GUARDIAN: N_("Waiting for a parent's answer"),
    SignupState.REQUESTED: N_("Waiting for the organisation's answer"),
    SignupState.WAITING: N_("Waiting list"),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The menu at the side."""

    owner: str
    nav: tuple[NavItem, ...]


class RoleForm(SubmitForm):
    """Who gets which role."""

    email = EmailField(
        N_("E-mail address"),
        [InputRequired(N_("This is needed to go on.")), EMAIL],
    )
    role = RadioField(
        N_("Role"),
        [InputRequired(N_("Choose one."))],
        choices=[SelectChoice(role.value, label, {"hint": hint}) for role, (label, hint) in ROLES.items()],
    )


class LostForm(SubmitForm):
    """Whose phone is lost."""

    address = EmailField(
        N_("E-mail address of who has lost the phone"),
        [InputRequired(N_("This is needed to go on.")), EMAIL],
    )


def show(template: str, status: int = 200, **values: object):
    """Render a page of the administration; the menu leads nobody where they may not go."""
    actor = current_actor()
    kept_from = set()
    if not roles.can_manage_roles(actor):
        kept_from |= {"administration.staff", "administration.sending"}
    if not can(actor, Action.SEE_EVERYWHERE):
        kept_from |= {"administration.safeguarding", "administration.announcements"}
    items = [one for one in _NAV if one[1] not in kept_from]
    nav = tuple(NavItem(label, url_for(endpoint), icon, request.endpoint == endpoint) for label, endpoint, icon in items)
    return render_template(template, desk=Desk(_("Administration"), nav), **values), status


@blueprint.get("/")
def index():
    """Show how much goes on."""
    overview = get_overview()
    few = _("fewer than %(count)s", count=SMALLEST_GROUP)

    def shown(count: int | None) -> str:
        return few if count is None else str(count)

    people = tuple((shown(overview.people.get(state.value, 0)), _(label)) for state, label in _STATES.items())
    return show("administration/index.html", overview=overview, accounts=shown(overview.accounts), people=people)


@dataclass(frozen=True, slots=True)
class OrganisationsPage:
    """The organisations in one state."""

    rows: tuple[queries.OrganisationRow, ...]
    tabs: tuple[Any, ...]
    state: str
    text: str
    clear_url: str
    pager: Pager


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    is_current: bool
    count: int | None = None


@blueprint.get("/organizzazioni")
def organisations():
    """List the organisations, who waits first."""
    try:
        state = OrganisationState(request.args.get("stato", ""))
    except ValueError:
        state = OrganisationState.PENDING
    tabs = tuple(
        Tab(_(label), url_for("administration.organisations", stato=one.value), one is state)
        for one, label in STATE_LABELS.items()
    )
    text, number = request.args.get("q", "").strip()[:80], page_number(request.args.get("pagina"))
    rows, total = queries.list_in_state(state, text, number)
    clear_url = url_for("administration.organisations", stato=state.value)

    def url(page: int) -> str:
        return url_for("administration.organisations", stato=state.value, q=text or None, pagina=page)

    pager = build_pager(total, number, queries.PER_PAGE, url)
    page = OrganisationsPage(rows, tabs, state.value, text, clear_url, pager)
    return show("administration/organisations.html", page=page)


@blueprint.route("/organizzazioni/<public_id>", methods=["GET", "POST"])
def organisation(public_id: str):
    """Show what an organisation says of itself; saying no asks a reason."""
    return _decide(public_id, verifying.reject_organisation, N_("Done: the organisation reads the reason and can ask again."))


@blueprint.post("/organizzazioni/<public_id>/sospendi")
def suspend(public_id: str):
    """Take an organisation out of sight; a reason is asked."""
    done = N_("Suspended: nothing of the organisation is public any more, and who answers for it reads the reason.")
    return _decide(public_id, verifying.suspend_organisation, done)


def _decide(public_id: str, decide: Callable[[Actor, str, str], None], done: str):
    """Show the organisation, or decide about it with a reason."""
    row = queries.get_by_public_id(public_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                decide(current_actor(), public_id, form.reason.data)
            flash(_(done), "success")
            return redirect(url_for("administration.organisations"))
        except DomainError as error:
            form.apply(error)
    values = {
        "row": row,
        "state": _(STATE_LABELS[row.state]),
        "kind": _(KIND_LABELS[row.kind]),
        "members": queries.list_members(row.id),
        "form": form,
    }
    return show("administration/organisation.html", 422 if form.errors else 200, **values)


@blueprint.post("/organizzazioni/<public_id>/verifica")
def verify(public_id: str):
    """Let an organisation publish."""
    done = N_("Verified: the organisation can publish and is told.")
    do_and_say(lambda: verifying.verify_organisation(current_actor(), public_id), done)
    return redirect(url_for("administration.organisations"))


@blueprint.post("/organizzazioni/<public_id>/riattiva")
def lift_suspension(public_id: str):
    """Let a suspended organisation be public again."""
    done = N_("The suspension is lifted: the organisation is public again and is told.")
    do_and_say(lambda: verifying.lift_suspension(current_actor(), public_id), done)
    return redirect(url_for("administration.organisations"))


@blueprint.route("/ruoli", methods=["GET", "POST"])
def staff():
    """Show who holds a role for the platform; give one by address."""
    actor = current_actor()
    grants = roles.list_grants(actor)
    form = RoleForm()
    if form.validate_on_submit():
        try:
            with transaction():
                roles.grant_role_to_address(actor, form.email.data, Role(form.role.data))
            flash(_("Done: the role holds from the next page they open."), "success")
            return redirect(url_for("administration.staff"))
        except DomainError as error:
            form.apply(error)
    labels = {role.value: _(label) for role, (label, _hint) in ROLES.items()}
    values = {"grants": grants, "labels": labels, "form": form}
    blank = {"ending": SubmitForm(formdata=None), "lost": LostForm(formdata=None)}
    return show("administration/staff.html", 422 if form.errors else 200, **values, **blank)


@blueprint.post("/ruoli/telefono-perso")
def reset_authenticator():
    """Put somebody's authenticator away, whom one knows to be who they say."""
    form = LostForm()
    if form.validate():
        done = N_("Done: at the next sign-in they begin with a new phone, and they are told.")
        do_and_say(lambda: resetting.reset_authenticator(current_actor(), form.address.data), done)
    else:
        flash(_("Write an address like name@example.org."), "danger")
    return redirect(url_for("administration.staff"))


@blueprint.post("/ruoli/togli")
def end_role():
    """Take a role back."""
    person, text = request.form.get("person", ""), request.form.get("role", "")
    if text in set(Role):
        do_and_say(lambda: roles.end_role(current_actor(), person, Role(text)), N_("The role was taken back."))
    return redirect(url_for("administration.staff"))


@blueprint.get("/registro")
def audit():
    """Show who did what to which row: ids only."""
    args = request.args
    filters = AuditFilters(
        action=args.get("azione", "").strip()[:60],
        actor_id=_number(args.get("persona")),
        subject_type=args.get("cosa", "").strip()[:60],
        subject_id=_number(args.get("numero")),
        day=read_day(args.get("giorno")),
        before=_number(args.get("prima")),
    )
    rows, has_more = list_entries(filters)
    kept = {key: value for key, value in args.items() if key != "prima"}
    older = url_for("administration.audit", **kept, prima=rows[-1].id) if has_more else None
    return show("administration/audit.html", rows=rows, filters=filters, older_url=older)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None
