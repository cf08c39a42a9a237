"""Words in two languages, with plain Babel, so that mails and documents speak in workers as pages do.

Code is written in English and English sentences are the message ids; Italian is what people see first. Each room
keeps its own catalogue in `civic/locale/<language>/LC_MESSAGES/<room>.po`; they are merged when first needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from babel import dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from civic.kernel import clock

LANGUAGES = ("it", "en")
DEFAULT_LANGUAGE = "it"
LOCALE_FOLDER = Path(__file__).parent.parent / "locale"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark `message` for translation; it is translated where it is shown."""
    return message


def current_language() -> str:
    """Return the language in which this request, mail or document speaks."""
    return _language.get()


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Speak `language` for the length of the block; an unknown one falls back to Italian."""
    token = _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


def set_language(language: str) -> None:
    """Speak `language` from here on in this context."""
    _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)


@cache
def _messages(language: str) -> dict[str, str | tuple[str, ...]]:
    """Return every translated message of `language`; a later room may not change what an earlier one says."""
    merged: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((LOCALE_FOLDER / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as handle:
            _merge(merged, read_po(handle, locale=language))
    return merged


def _merge(merged: dict[str, str | tuple[str, ...]], catalog: Catalog) -> None:
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        if message.string and all(message.string):
            merged.setdefault(key, message.string)


def _(message: str, **values: object) -> str:
    """Return `message` in the current language with `values` filled in (`%(name)s`)."""
    text = _messages(_language.get()).get(message, message)
    if not isinstance(text, str):
        text = text[-1]
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Return the form of the message that fits `num`, in the current language; `%(num)s` is the number."""
    found = _messages(_language.get()).get(singular)
    forms = found if isinstance(found, tuple) else (singular, plural)
    return forms[0 if num == 1 else 1] % {"num": num, **values}


def translations_loaded(language: str) -> int:
    """Return how many messages `language` has; loading them once at start keeps the first page quick."""
    return len(_messages(language))


def format_day(day: date | datetime) -> str:
    """Return the day as people say it: `giovedì 26 novembre 2026`."""
    return _written_day(_local_day(day), "EEEE d MMMM y", _language.get())


def format_long_day(day: date | datetime) -> str:
    """Return the day as documents write it: `26 novembre 2026`."""
    return _written_day(_local_day(day), "d MMMM y", _language.get())


def format_short_day(day: date | datetime) -> str:
    """Return the day in few letters: `gio 26 nov`."""
    return _written_day(_local_day(day), "EEE d MMM", _language.get())


def format_time(instant: datetime) -> str:
    """Return the wall-clock time in Rome: `17:00`."""
    return clock.to_rome(instant).strftime("%H:%M")


def format_moment(instant: datetime) -> str:
    """Return day and wall-clock time in Rome: `gio 26 nov, 17:00`."""
    return f"{format_short_day(instant)}, {format_time(instant)}"


def format_hours(minutes: int) -> str:
    """Return a length of time as people say it: `10 ore e 15 minuti`."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(num)s hour", "%(num)s hours", hours)] if hours or not rest else []
    parts += [ngettext("%(num)s minute", "%(num)s minutes", rest)] if rest else []
    return _("%(hours)s and %(minutes)s", hours=parts[0], minutes=parts[1]) if len(parts) == 2 else parts[0]


def format_money(amount: Decimal) -> str:
    """Return an amount of euro as the language writes it: `1.250,50 €`."""
    return numbers.format_currency(amount, "EUR", locale=_language.get())


def format_number(number: int | Decimal) -> str:
    """Return a number with the separators of the language."""
    return numbers.format_decimal(number, locale=_language.get())


@lru_cache(maxsize=4096)
def _written_day(day: date, pattern: str, language: str) -> str:
    """A list shows the same few days again and again, and Babel takes its time over each."""
    return dates.format_date(day, pattern, locale=language)


def _local_day(day: date | datetime) -> date:
    return clock.to_rome(day).date() if isinstance(day, datetime) else day


def format_month(day: date) -> str:
    """Return the month as people say it: `novembre 2026`."""
    return dates.format_date(day, "LLLL y", locale=_language.get())
