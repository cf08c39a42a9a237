"""The pages of what is entrusted for a signup, for who is signed in and for who holds a mail's link."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for

from civic.activities.queries import linked as links
from civic.activities.queries.guardians import with_ward
from civic.care import policy
from civic.care.queries.subjects import get_subject, read_entrusted
from civic.care.services import writing
from civic.care.types import Record
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.web import limits
from civic.web.activities.forms import ActForm
from civic.web.care import pages
from civic.web.care.forms import FORMS
from civic.web.care.texts import consent_text
from civic.web.doing import do_and_say, do_once
from civic.web.signing_in import current_actor

blueprint = Blueprint("care", __name__)


@blueprint.get("/iscrizioni/<public_id>/altro")
def own(public_id: str):
    """Show what is entrusted, and who has read it."""
    return _show(_own_actor(public_id), public_id, url_for("mine.signup", public_id=public_id))


@blueprint.get("/i/<token>/altro")
def linked(token: str):
    """The same through the signed link of a mail."""
    return _show(*links.actor_of_token(token), url_for("links.signup", token=token))


@blueprint.route("/iscrizioni/<public_id>/altro/<record>", methods=["GET", "POST"])
def own_record(public_id: str, record: str):
    """Let a record be written."""
    return _write(_own_actor(public_id), public_id, record, url_for("care.own", public_id=public_id))


@blueprint.route("/i/<token>/altro/<record>", methods=["GET", "POST"])
def linked_record(token: str, record: str):
    """The same through the signed link of a mail."""
    return _write(*links.actor_of_token(token), record, url_for("care.linked", token=token))


@blueprint.post("/iscrizioni/<public_id>/altro/<record>/cancella")
def own_delete(public_id: str, record: str):
    """Take a record back: the consent ends and what was written is deleted."""
    return _delete(_own_actor(public_id), public_id, record, url_for("care.own", public_id=public_id))


@blueprint.post("/i/<token>/altro/<record>/cancella")
def linked_delete(token: str, record: str):
    """The same through the signed link of a mail."""
    return _delete(*links.actor_of_token(token), record, url_for("care.linked", token=token))


def _own_actor(public_id: str) -> Actor:
    return with_ward(current_actor(), public_id)


def _show(actor: Actor, public_id: str, back_url: str):
    page = pages.care_page(actor, get_subject(actor, public_id))
    return render_template("care/care.html", page=page, back_url=back_url, form=ActForm(formdata=None))


def _write(actor: Actor, public_id: str, slug: str, back_url: str):
    record, subject = _record(slug), get_subject(actor, public_id)
    if record not in pages.asked_of(subject) or not policy.may_write(actor, subject, clock.today()):
        raise NotFound
    is_own, until = actor.person_id == subject.person_id, pages.images_until(subject)
    text = consent_text(subject, record, is_own=is_own, until=until)
    form = FORMS[record]()
    if form.is_submitted():
        limits.count_form()
        if form.validate():
            sent = _send(form, lambda: _save(actor, public_id, record, form, text, until), back_url)
            if sent is not None:
                return sent
    else:
        written = read_entrusted(subject).of(record)
        if written is not None:
            form.fill(written)
    values = {"title": _(pages.TITLES[record]), "why": pages.why_asked(subject, record), "subject": subject, "text": text}
    return render_template("care/record.html", form=form, record=record.value, back_url=back_url, **values), (
        422 if form.errors else 200
    )


def _send(form, save, back_url: str):
    def do() -> str:
        changed = save()
        done = N_("Saved. You can change it or take it back here at any time.") if changed else N_("Nothing has changed.")
        flash(_(done), "success")
        return back_url

    try:
        return redirect(do_once(form, do))
    except NotFound:
        raise
    except DomainError as error:
        form.apply(error)
        return None


def _save(actor: Actor, public_id: str, record: Record, form, text: str, until) -> bool:
    if record is Record.HEALTH:
        return writing.write_health(actor, public_id, form.value(), text)
    if record is Record.COLLECTION:
        return writing.write_collection(actor, public_id, form.value(), text)
    return writing.release_images(actor, public_id, form.value(), until, text)


def _delete(actor: Actor, public_id: str, slug: str, back_url: str):
    record, subject = _record(slug), get_subject(actor, public_id)
    do_and_say(lambda: writing.take_back(actor, subject.public_id, record), N_("Taken back: what was written is deleted."))
    return redirect(back_url)


def _record(slug: str) -> Record:
    if slug not in pages.RECORDS:
        raise NotFound
    return pages.RECORDS[slug]
