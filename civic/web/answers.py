"""What was announced with what was answered, for who writes for the organisation and for who watches over minors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from civic.announcements.types import Audience
from civic.kernel import clock
from civic.kernel.i18n import N_, _
from civic.web.words import band_of, short_name

AUDIENCES = {
    Audience.EVERYBODY: N_("All of them"),
    Audience.HAVE_PLACE: N_("Who has a place"),
    Audience.WAIT: N_("Who waits for one"),
    Audience.ABSENT: N_("Who was not at the last meeting"),
}


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """An answer: who wrote it, about whom where that is somebody else, and who saw to it."""

    id: int
    author: str
    about: str
    text: str
    created_at: datetime
    handled_at: datetime | None
    handler: str


@dataclass(frozen=True, slots=True)
class SentItem:
    """An announcement with its answers; `where` names the activity and the organisation where a page shows several."""

    text: str
    created_at: datetime
    author: str
    audience: str
    told: int
    where: str
    answers: tuple[AnswerItem, ...]


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """Announcements, newest first; `open` is how many answers nobody has seen to."""

    sent: tuple[SentItem, ...]
    open: int
    is_read_by_two: bool


def answers_page(sent: Sequence[Any], found: Sequence[Any], *, is_read_by_two: bool) -> AnswersPage:
    """Return the announcements with what was answered to each."""
    items = sent_items(sent, found)
    waiting = sum(1 for item in items for one in item.answers if one.handled_at is None)
    return AnswersPage(items, waiting, is_read_by_two)


def sent_items(sent: Sequence[Any], found: Sequence[Any]) -> tuple[SentItem, ...]:
    """Return the announcements with the answers of each: a minor by first name and initial, who answers for them in full."""
    return tuple(
        SentItem(
            text=one.text,
            created_at=one.created_at,
            author=one.author,
            audience=_(AUDIENCES[Audience(one.audience)]),
            told=one.told,
            where=" · ".join(filter(None, (getattr(one, "title", ""), getattr(one, "organisation_name", "")))),
            answers=tuple(_answer(said) for said in found if said.announcement_id == one.id),
        )
        for one in sent
    )


def _answer(said: Any) -> AnswerItem:
    person = short_name(said.given_name, said.family_name, band_of(said.birth_on, clock.today())) or _("Somebody")
    return AnswerItem(
        id=said.id,
        author=person if said.is_own else said.author,
        about="" if said.is_own else person,
        text=said.text,
        created_at=said.created_at,
        handled_at=said.handled_at,
        handler=said.handler,
    )
