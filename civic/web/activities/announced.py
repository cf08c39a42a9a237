"""What was announced about a signup, as who comes or their guardian reads it, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from civic.activities.queries import linked as links
from civic.activities.queries.guardians import with_ward
from civic.activities.queries.signups import SignupView, get_signup_for
from civic.announcements.queries import replies
from civic.announcements.services import replying
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import DomainError, NotFound, RuleBroken
from civic.kernel.i18n import N_, _
from civic.web import limits
from civic.web.activities.signup_pages import is_about, own_urls
from civic.web.doing import do_once
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

blueprint = Blueprint("announced", __name__)


class ReplyForm(SubmitForm):
    """An answer to the newest announcement."""

    announcement = HiddenField()
    text = TextAreaField(
        N_("Your answer"),
        [DataRequired(N_("Write the answer.")), Length(max=replying.LONGEST, message=N_("At most 1000 characters."))],
        description=N_("All who organise the activity read it. They answer with a message to everybody, or call."),
    )


@dataclass(frozen=True, slots=True)
class OwnReply:
    """What the reader answered; `is_handled` once somebody of the organisation saw to it."""

    text: str
    created_at: datetime
    is_handled: bool


@dataclass(frozen=True, slots=True)
class AnnouncedItem:
    """An announcement with what the reader answered to it."""

    text: str
    created_at: datetime
    replies: tuple[OwnReply, ...]


@dataclass(frozen=True, slots=True)
class AnnouncedPage:
    """Everything announced about a signup, newest first; `closed` says why one cannot answer here, where one cannot."""

    title: str
    organisation: str
    contact: str
    back_url: str
    items: tuple[AnnouncedItem, ...]
    newest: int | None
    closed: str


@blueprint.route("/iscrizioni/<public_id>/messaggi", methods=["GET", "POST"])
def own(public_id: str):
    """Show what was announced about a signup to who comes and their guardian, and take their answer."""
    return _messages(with_ward(current_actor(), public_id), public_id, own_urls(public_id).page)


@blueprint.route("/i/<token>/messaggi", methods=["GET", "POST"])
def linked(token: str):
    """The same through the signed link of a mail."""
    actor, public_id = links.actor_of_token(token)
    return _messages(actor, public_id, url_for("links.signup", token=token))


def _messages(actor: Actor, public_id: str, back_url: str):
    view = get_signup_for(actor, public_id, clock.now())
    if not is_about(actor, view):
        raise NotFound
    form = ReplyForm()
    if form.is_submitted():
        limits.count_form()
        if form.validate():
            sent = _send(actor, public_id, form)
            if sent is not None:
                return sent
    page = _page(actor, view, back_url)
    # A form that was open while something newer came keeps what it answers to.
    form.announcement.data = form.announcement.data or str(page.newest or "")
    return render_template("signups/announced.html", page=page, form=form), 422 if form.errors else 200


def _send(actor: Actor, public_id: str, form: ReplyForm):
    here = form.announcement.data or ""
    if not (here.isascii() and here.isdigit() and len(here) < 19):
        raise NotFound

    def send() -> str:
        replying.reply(actor, public_id, int(here), form.text.data)
        flash(_("Sent: all who organise the activity can read it."), "success")
        return request.path

    try:
        return redirect(do_once(form, send))
    except NotFound:
        raise
    except DomainError as error:
        form.apply(error)
        return None


def _page(actor: Actor, view: SignupView, back_url: str) -> AnnouncedPage:
    row = view.row
    reads = replying.may_read(actor, row)
    reaching = replies.list_reaching(row.id) if reads else ()
    mine = replies.list_own(actor, row.id) if reaching else ()
    return AnnouncedPage(
        title=row.title,
        organisation=row.organisation_name,
        contact=row.contact,
        back_url=back_url,
        items=tuple(_item(one, mine) for one in reaching),
        newest=reaching[0].id if reaching else None,
        closed=_why_closed(actor, row, reaching) if reads else _("The messages are read by who has said yes to the sign-up."),
    )


def _item(one: Any, mine: Sequence[Any]) -> AnnouncedItem:
    to_this = (said for said in mine if said.announcement_id == one.id)
    own_replies = tuple(OwnReply(said.text, said.created_at, said.handled_at is not None) for said in to_this)
    return AnnouncedItem(one.text, one.created_at, own_replies)


def _why_closed(actor: Actor, row: Any, reaching: Sequence[Any]) -> str:
    if not reaching:
        return ""
    try:
        replying.check_is_open(actor, row, reaching[0].created_at)
    except RuleBroken as error:
        return _(error.message, **error.values)
    return ""
