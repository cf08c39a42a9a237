"""What the organisation says of itself, and who works here."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, request, url_for

from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.organisations import queries
from civic.organisations.queries import InvitationRow, MemberRow, OrganisationRow
from civic.organisations.services import members as memberships
from civic.organisations.services import verifying
from civic.organisations.types import ROLE_LABELS, STATE_LABELS
from civic.programme.queries import list_quartieri
from civic.safeguarding.queries import list_adults
from civic.safeguarding.types import Adult
from civic.web.desk.blueprint import blueprint, can_edit, own, own_to_edit, show
from civic.web.doing import do_and_say, do_once
from civic.web.forms import SubmitForm, is_submitted
from civic.web.limits import count_form
from civic.web.organisations.forms import InviteForm, OrganisationForm, RoleForm
from civic.web.signing_in import current_actor
from civic.web.words import certificate_words


@dataclass(frozen=True, slots=True)
class ProfilePage:
    row: OrganisationRow
    state: str
    public_url: str
    can_ask_again: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A member with the word of the role, and for who may know how it stands with the certificate."""

    row: MemberRow
    role: str
    certificate: str
    tone: str


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with the word of the role."""

    row: InvitationRow
    role: str


@dataclass(frozen=True, slots=True)
class MembersPage:
    members: tuple[Member, ...]
    invitations: tuple[Invited, ...]
    roles: tuple[tuple[str, str], ...]


@blueprint.route("/<slug>/organizzazione", methods=["GET", "POST"])
def profile(slug: str):
    """Show and change what the organisation says of itself."""
    row = own_to_edit(slug)
    form = OrganisationForm().offer(list_quartieri())
    if request.method == "GET":
        form.fill(row, queries.quartiere_id_of(row.id))
    elif form.validate():
        try:
            with transaction():
                verifying.update_organisation(current_actor(), row.id, form.fields())
            flash(_("Saved."), "success")
            return redirect(url_for("desk.profile", slug=slug))
        except DomainError as error:
            form.apply(error)
    url = url_for("organisations.organisation", slug=slug)
    page = ProfilePage(row, _(STATE_LABELS[row.state]), url, row.state.value == "rejected")
    return show("desk/profile.html", row, 422 if form.errors else 200, page=page, form=form, again=SubmitForm(formdata=None))


@blueprint.post("/<slug>/organizzazione/richiedi")
def ask_again(slug: str):
    """Put the organisation in front of the administration once more."""
    row = own(slug)
    do_and_say(lambda: verifying.ask_again(current_actor(), row.id), N_("Sent: the administration looks at it again."))
    return redirect(url_for("desk.organisation", slug=slug))


@blueprint.route("/<slug>/persone", methods=["GET", "POST"])
def members(slug: str):
    """Show who works here; an owner invites."""
    row = own(slug)
    form = InviteForm()
    if is_submitted():
        count_form()
    if form.validate_on_submit():
        try:
            target = do_once(form, lambda: _invite(row, form))
            flash(_("We have written to %(address)s: the link is good for two weeks.", address=form.email.data), "success")
            return redirect(target)
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            form.apply(error)
    page = MembersPage(
        members=_members(row),
        invitations=tuple(Invited(one, _(ROLE_LABELS[one.role])) for one in queries.list_invitations(row.id)),
        roles=tuple((role.value, _(label)) for role, label in ROLE_LABELS.items()),
    )
    values = {"page": page, "form": form, "change": RoleForm(formdata=None)}
    return show("desk/members.html", row, 422 if form.errors else 200, **values)


def _members(row: OrganisationRow) -> tuple[Member, ...]:
    actor, today = current_actor(), clock.today()
    adults = list_adults(actor, row.id) if can_edit(actor, row) else {}

    def item(one: MemberRow) -> Member:
        # Who joined between the two statements stands there without a certificate, as everybody does at first.
        words = certificate_words(adults.get(one.public_id) or Adult(one.name), today) if adults else ("", "")
        return Member(one, _(ROLE_LABELS[one.role]), *words)

    return tuple(item(one) for one in queries.list_members(row.id))


def _invite(row: OrganisationRow, form: InviteForm) -> str:
    memberships.invite_member(current_actor(), row.id, form.email.data, OrganisationRole(form.role.data))
    return url_for("desk.members", slug=row.slug)


@blueprint.post("/<slug>/persone/<public_id>/ruolo")
def change_role(slug: str, public_id: str):
    """Give a member another role."""
    row = own(slug)
    form = RoleForm()
    if form.validate():
        role = OrganisationRole(form.role.data)
        do_and_say(lambda: memberships.change_role(current_actor(), row.id, public_id, role), N_("The role was changed."))
    return redirect(url_for("desk.members", slug=slug))


@blueprint.post("/<slug>/persone/<public_id>/togli")
def remove_member(slug: str, public_id: str):
    """End somebody's membership."""
    row = own(slug)
    verb = memberships.remove_member
    do_and_say(lambda: verb(current_actor(), row.id, public_id), N_("Done: this person no longer acts for the organisation."))
    return redirect(url_for("desk.members", slug=slug))


@blueprint.post("/<slug>/inviti/ritira")
def withdraw_invitation(slug: str):
    """Take an invitation back."""
    row = own(slug)
    address = request.form.get("email", "")
    do_and_say(lambda: memberships.withdraw_invitation(current_actor(), row.id, address), N_("The invitation was withdrawn."))
    return redirect(url_for("desk.members", slug=slug))


@blueprint.post("/<slug>/lascia")
def leave(slug: str):
    """End one's own membership."""
    row = own(slug)
    if do_and_say(lambda: memberships.leave(current_actor(), row.id), N_("Done: you no longer act for this organisation.")):
        return redirect(url_for("activities.home"))
    return redirect(url_for("desk.members", slug=slug))
