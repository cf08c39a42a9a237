"""What the pages of what is entrusted show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from civic.accounts.rules import is_minor_on, written_phone
from civic.care import policy, rules
from civic.care.queries.subjects import read_entrusted
from civic.care.queries.viewings import list_viewings
from civic.care.types import Collection, HealthNote, Need, Record, Release, Subject
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, _, format_day, ngettext
from civic.web.care_tags import CHANNELS

TITLES = {Record.HEALTH: N_("Health"), Record.COLLECTION: N_("Going home"), Record.IMAGES: N_("Photos and videos")}
SLUGS = {Record.HEALTH: "salute", Record.COLLECTION: "ritorno", Record.IMAGES: "immagini"}
RECORDS = {slug: record for record, slug in SLUGS.items()}
REASONS = {
    Need.FOOD: N_("there is food"), Need.MOVEMENT: N_("there is physical activity"), Need.OUTING: N_("one goes out")
}
_WITHOUT = {
    Record.COLLECTION: N_("Until you write something, nobody under 14 leaves alone."),
    Record.IMAGES: N_("Until you say yes, no photo or video in which one is recognised is shown anywhere."),
}


@dataclass(frozen=True, slots=True)
class RecordItem:
    """One record: why it is asked, what is written (label, words), when it goes, and what the reader may do with it."""

    title: str
    slug: str
    why: str
    lines: tuple[tuple[str, str], ...]
    deleted_on: datetime
    can_write: bool
    can_take_back: bool


@dataclass(frozen=True, slots=True)
class ViewingItem:
    """Somebody who read a record, or saw its mark on a sheet."""

    words: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CarePage:
    """What is entrusted for a signup; `note` says why the reader cannot write, where they cannot."""

    title: str
    name: str
    items: tuple[RecordItem, ...]
    viewings: tuple[ViewingItem, ...]
    note: str


def asked_of(subject: Subject) -> tuple[Record, ...]:
    """Return which records are asked for the signup."""
    return rules.list_asked(subject, clock.to_rome(subject.starts_at).date())


def images_until(subject: Subject) -> date:
    """Return the last day on which images may be shown: a year after the last meeting."""
    return clock.to_rome(rules.kept_until(Record.IMAGES, subject.ends_at)).date()


def care_page(actor: Actor, subject: Subject) -> CarePage:
    """Return the page of everything that can be entrusted for the signup, with who has read it."""
    entrusted = read_entrusted(subject)
    items = tuple(_item(actor, subject, record, entrusted.of(record)) for record in asked_of(subject))
    viewings = tuple(_viewing(one) for one in list_viewings(subject))
    return CarePage(subject.title, subject.given_name, items, viewings, _note(actor, subject))


def why_asked(subject: Subject, record: Record) -> str:
    """Return why a record is asked, or what is true as long as nothing is written."""
    if record is Record.HEALTH:
        reasons = ", ".join(_(REASONS[one]) for one in subject.needs)
        return _("It is asked because here %(reasons)s.", reasons=reasons)
    return _(_WITHOUT[record])


def _item(actor: Actor, subject: Subject, record: Record, value: HealthNote | Collection | Release | None) -> RecordItem:
    today = clock.today()
    is_standing = value is not None
    return RecordItem(
        title=_(TITLES[record]),
        slug=SLUGS[record],
        why=why_asked(subject, record),
        lines=lines_of(value),
        deleted_on=rules.kept_until(record, subject.ends_at),
        can_write=policy.may_write(actor, subject, today) and _can_be_written(subject, record),
        can_take_back=is_standing and policy.may_take_back(actor, subject, record, today),
    )


def _can_be_written(subject: Subject, record: Record) -> bool:
    try:
        rules.check_can_be_written(subject, record, asked_of(subject), clock.now())
    except RuleBroken:
        return False
    return True


def lines_of(value: HealthNote | Collection | Release | None) -> tuple[tuple[str, str], ...]:
    """Return what is written, a line each (label, words); nothing for None."""
    if value is None:
        return ()
    if isinstance(value, HealthNote):
        found = (
            (_("Allergies and food"), value.allergies), (_("Medication"), value.medication), (_("What helps"), value.support)
        )
        return tuple(one for one in found if one[1])
    if isinstance(value, Collection):
        alone = (_("Leaves alone"), _("Yes") if value.leaves_alone else _("No"))
        adults = (
            (_("Adult %(number)s", number=number), f"{one.name}, {written_phone(one.phone)}")
            for number, one in enumerate(value.adults, start=1)
        )
        return (alone, *adults)
    where = ", ".join(_(label) for channel, label in CHANNELS.items() if channel in value.channels)
    return ((_("May be shown on"), where), (_("Until"), format_day(value.until)))


def _viewing(row) -> ViewingItem:
    words = _("%(name)s read it", name=row.name) if row.in_full else _("%(name)s saw the mark on the sheet", name=row.name)
    often = ngettext("%(num)s time that day", "%(num)s times that day", row.times) if row.times > 1 else ""
    return ViewingItem(words, ", ".join(one for one in (_(TITLES[Record(row.record)]), often) if one), row.viewed_at)


def _note(actor: Actor, subject: Subject) -> str:
    if is_minor_on(subject.birth_on, clock.today()) and actor.person_id == subject.person_id:
        return _("Until you are 18 a parent writes this. You see it here, and you can always say no to images.")
    if not any(_can_be_written(subject, record) for record in asked_of(subject)):
        return _("It can be written while the place is confirmed, until the last meeting.")
    return ""
