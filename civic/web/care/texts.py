"""The words that are agreed to; they are kept with each record as they were shown."""

from __future__ import annotations

from datetime import date

from civic.care.types import Record, Subject
from civic.kernel.i18n import _, format_day


def consent_text(subject: Subject, record: Record, *, is_own: bool, until: date) -> str:
    """Return the words for a record; `until` is the last day on which images may be shown."""
    words = {"title": subject.title, "name": subject.given_name, "organisation": subject.organisation_name}
    if record is Record.HEALTH:
        return _health_text(words, is_own)
    if record is Record.COLLECTION:
        return _(
            "%(name)s goes home from “%(title)s” as I write here. Who conducts may read it from two days before the first "
            "meeting to one day after the last, and I see who has read it. The adults I name know that I give their telephone "
            "number. It is deleted thirty days after the last meeting, and I can correct or delete it at any time.",
            **words,
        )
    return _images_text(words | {"until": format_day(until)}, is_own)


def _health_text(words: dict[str, str], is_own: bool) -> str:
    if is_own:
        return _(
            "Who conducts “%(title)s” may read what I write here of my health, from two days before the first meeting to one "
            "day after the last, to look after me. I see who has read it. It is deleted seven days after the last meeting, "
            "and I can correct or delete it at any time.",
            **words,
        )
    return _(
        "Who conducts “%(title)s” may read what I write here of the health of %(name)s, from two days before the first meeting "
        "to one day after the last, to look after them. I see who has read it. It is deleted seven days after the last "
        "meeting, and I can correct or delete it at any time.",
        **words,
    )


def _images_text(words: dict[str, str], is_own: bool) -> str:
    if is_own:
        return _(
            "%(organisation)s may show photographs and videos of me taken in “%(title)s” where I tick, until %(until)s. Whoever "
            "says no takes part all the same. I can take this back at any time with one click: they are taken down and used no "
            "more.",
            **words,
        )
    return _(
        "%(organisation)s may show photographs and videos of %(name)s taken in “%(title)s” where I tick, until %(until)s. "
        "Whoever says no takes part all the same. I can take this back at any time with one click: they are taken down and "
        "used no more.",
        **words,
    )
