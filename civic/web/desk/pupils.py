"""The page of a class: who comes, what each family has said, who was there; names are written and places given back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import EmailField, FieldList, Form, FormField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from civic.activities.queries.classes import get_class, list_pupils
from civic.activities.queries.participants import record_seen
from civic.activities.services import blocks, naming
from civic.activities.services.naming import Pupil, RowsRefused
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _, ngettext
from civic.organisations.queries import OrganisationRow
from civic.web.desk.blueprint import blueprint, show
from civic.web.desk.classes import last_day_of, own_school, state_of
from civic.web.doing import do_and_say, do_once
from civic.web.fields import EMAIL, DayPartsField
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

_NAME = Length(max=80, message=N_("At most 80 characters."))
_STATES = {
    SignupState.PENDING_GUARDIAN: (N_("Waiting for the family"), "warning"),
    SignupState.CONFIRMED: (N_("Comes"), "success"),
    SignupState.EXPIRED: (N_("No answer in time"), "neutral"),
}
_DOES_NOT_COME = (N_("Does not come"), "neutral")


class PupilForm(Form):
    """One row: who comes, and where the family is asked."""

    given_name = StringField(N_("Name"), [_NAME])
    family_name = StringField(N_("Family name"), [_NAME])
    birth_on = DayPartsField(N_("Date of birth"))
    guardian_email = EmailField(N_("E-mail address of a parent"), [Optional(), EMAIL])

    def is_empty(self) -> bool:
        """Whether nothing was typed in the row."""
        typed = (self.given_name.data, self.family_name.data, self.guardian_email.data, *self.birth_on.typed)
        return not any((text or "").strip() for text in typed)

    def pupil(self) -> Pupil:
        """Return what was typed."""
        email = (self.guardian_email.data or "").strip() or None
        return Pupil(self.given_name.data or "", self.family_name.data or "", self.birth_on.data, email)


class NamesForm(SubmitForm):
    """A row for each place without a name; empty ones stay for later."""

    pupils = FieldList(FormField(PupilForm), max_entries=blocks.MOST_AT_ONCE)

    def offer(self, count: int) -> NamesForm:
        """Have so many rows at least, and return the form."""
        while len(self.pupils) < min(count, blocks.MOST_AT_ONCE):
            self.pupils.append_entry()
        return self

    def mark(self, rows: list[tuple[int, str | None, str]]) -> None:
        """Say of each row (its place among all) what is wrong beside its field, and at the head of the form."""
        for number, name, text in rows:
            entry = self.pupils[number].form
            field = entry._fields.get(name or "", entry.given_name)
            field.errors = [*field.errors, text]
            self.form_errors.append(_("Row %(number)s: %(text)s", number=number + 1, text=text))


class GiveBackForm(SubmitForm):
    """How many places the class does not need."""

    count = IntegerField(N_("How many places do you give back?"), [InputRequired(N_("Write how many."))])


class AddressForm(SubmitForm):
    """Where the family of a pupil is asked instead."""

    email = EmailField(N_("E-mail address of a parent"), [InputRequired(N_("Write the e-mail address.")), EMAIL])


@dataclass(frozen=True, slots=True)
class PupilItem:
    """A pupil as the school sees them: never who answers for them, nor how to reach those, nor any note."""

    public_id: str
    name: str
    label: str
    tone: str
    until: Any
    attended: int
    minutes: int
    is_pending: bool
    needs_sheet: bool


@dataclass(frozen=True, slots=True)
class ClassPage:
    """A class with everything that can be done about it."""

    row: Any
    label: str
    tone: str
    last_day: str
    pupils: tuple[PupilItem, ...]
    pending: int
    coming: int
    missing: int
    can_name: bool
    can_give_back: bool
    has_begun: bool


@blueprint.route("/<slug>/classi/<block>", methods=["GET", "POST"])
def class_of(slug: str, block: str):
    """Show the class and take names for its places; that names were seen is written in the audit."""
    row = own_school(slug)
    held = get_class(current_actor(), row.id, block)
    form = NamesForm()
    if request.method == "POST":
        done = _take_names(form, held, url_for("desk.class_of", slug=slug, block=block))
        if done is not None:
            return done
    return _show(row, held, form, GiveBackForm(formdata=None))


def _take_names(form: NamesForm, held: Any, here: str):
    """Write the names; None where something is wrong, which then stands beside its field."""
    if not form.validate():
        _mark_what_was_typed(form)
        return None
    typed = [(number, entry.form) for number, entry in enumerate(form.pupils) if not entry.form.is_empty()]
    if not typed:
        form.form_errors.append(_("Write at least one name."))
        return None

    def name() -> str:
        naming.name_pupils(current_actor(), held.public_id, [row.pupil() for _number, row in typed])
        return here

    try:
        target = do_once(form, name)
    except RowsRefused as error:
        form.mark([(typed[one][0], why.field, _(why.message, **why.values)) for one, why in error.rows])
        return None
    except DomainError as error:
        form.apply(error)
        return None
    flash(
        ngettext(
            "%(num)s name is written. The family is asked now.",
            "%(num)s names are written. The families are asked now.",
            len(typed),
        ),
        "success",
    )
    return redirect(target)


def _mark_what_was_typed(form: NamesForm) -> None:
    """Name at the head of the form what the fields say themselves."""
    for number, entry in enumerate(form.pupils):
        for field in entry.form:
            form.form_errors += [_("Row %(number)s: %(text)s", number=number + 1, text=_(text)) for text in field.errors]


def _show(row: OrganisationRow, held: Any, form: NamesForm, giving: GiveBackForm):
    actor = current_actor()
    pupils = list_pupils(held.id)
    if pupils:
        with transaction():
            record_seen(actor, held.activity_id, len(pupils), "class")
    page = _page(held, pupils)
    form.offer(held.unnamed if page.can_name else 0)
    values = {"page": page, "form": form, "giving": giving, "act": SubmitForm(formdata=None)}
    return show("desk/class.html", row, 422 if form.errors or giving.errors else 200, **values)


def _page(held: Any, pupils: Any) -> ClassPage:
    label, tone = state_of(held)
    items = tuple(_item(one) for one in pupils)
    is_live = held.ended_at is None and held.names_until > clock.now()
    return ClassPage(
        row=held,
        label=_(label),
        tone=tone,
        last_day=last_day_of(held),
        pupils=items,
        pending=sum(one.is_pending for one in items),
        coming=sum(one.tone == "success" for one in items),
        missing=held.size - held.granted if is_live else 0,
        can_name=is_live and held.unnamed > 0,
        can_give_back=is_live and (held.unnamed > 0 or held.granted < held.size),
        has_begun=held.starts_at is not None and held.starts_at <= clock.now(),
    )


def _item(one: Any) -> PupilItem:
    state = SignupState(one.state)
    label, tone = _STATES.get(state, _DOES_NOT_COME)
    is_pending = state is SignupState.PENDING_GUARDIAN
    return PupilItem(
        public_id=one.public_id,
        name=f"{one.given_name} {one.family_name}".strip(),
        label=_(label),
        tone=tone,
        until=one.hold_until if is_pending else None,
        attended=one.attended,
        minutes=one.minutes,
        is_pending=is_pending,
        needs_sheet=is_pending and one.needs_sheet,
    )


@blueprint.post("/<slug>/classi/<block>/restituisci")
def class_give_back(slug: str, block: str):
    """Give back places that the class does not need."""
    row = own_school(slug)
    held = get_class(current_actor(), row.id, block)
    form = GiveBackForm()
    if form.validate():
        try:
            with transaction():
                blocks.give_back(current_actor(), block, form.count.data)
            flash(_("Done: the places go to who waits, or to everybody."), "success")
            return redirect(url_for("desk.class_of", slug=slug, block=block))
        except DomainError as error:
            form.apply(error)
    return _show(row, held, NamesForm(formdata=None), form)


@blueprint.post("/<slug>/classi/<block>/nomi/<signup>/togli")
def class_take_name_back(slug: str, block: str, signup: str):
    """Take back a name that was written by mistake."""
    row = own_school(slug)
    get_class(current_actor(), row.id, block)
    do_and_say(lambda: naming.take_name_back(current_actor(), block, signup), N_("Taken back: the place waits for another name."))
    return redirect(url_for("desk.class_of", slug=slug, block=block))


@blueprint.route("/<slug>/classi/<block>/nomi/<signup>", methods=["GET", "POST"])
def class_address(slug: str, block: str, signup: str):
    """Ask the family of a pupil at another address; the one that was written before is not shown."""
    row = own_school(slug)
    held = get_class(current_actor(), row.id, block)
    pupil = next((one for one in list_pupils(held.id) if one.public_id == signup), None)
    if pupil is None:
        raise NotFound
    form = AddressForm()
    if form.validate_on_submit():
        try:
            with transaction():
                naming.correct_address(current_actor(), block, signup, form.email.data)
            flash(_("Sent. Links and sheets of before open nothing any more."), "success")
            return redirect(url_for("desk.class_of", slug=slug, block=block))
        except DomainError as error:
            form.apply(error)
    with transaction():
        record_seen(current_actor(), held.activity_id, 1, "class")
    return show("desk/class_address.html", row, 422 if form.errors else 200, form=form, held=held, name=_item(pupil).name)
