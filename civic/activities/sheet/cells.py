"""What single cells may say: kind, ages, places, roles, languages, sign-up window."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import TypeVar

from civic.accounts.rules import normalise_email
from civic.activities.sheet.days import read_day
from civic.activities.sheet.types import CellProblem, OpeningDraft
from civic.activities.sheet.words import (
    DEFAULT_ROLES,
    ENTRY_MODES,
    KINDS,
    LANGUAGES,
    PER_ACTIVITY,
    PER_MEETING,
)
from civic.activities.types import ActivityKind, EntryMode
from civic.kernel import clock
from civic.kernel.i18n import N_
from civic.programme.catalogue import actions, find_action_slug
from civic.programme.names import comparable

MAX_PLACES = 5_000
MAX_AGE = 120
_CODE = re.compile(r"[\w./-]{1,40}")
_NUMBER = re.compile(r"(\d{1,6})(?: ?(?:anni|anno|posti|posto|persone))?", re.IGNORECASE)
_AGES = re.compile(r"(?:da(?:i|gli)? )?(\d{1,3})\+?(?: ?(?:-|–|a|ai|agli) ?(\d{1,3}))?(?: anni)?(?: in su)?", re.IGNORECASE)
_RANGE = r"(\d{1,5})(?: ?[-–/] ?(\d{1,5}))?"
_ROLE_FIRST = re.compile(rf"([^\d(:]+?) ?[:(]? ?{_RANGE} ?\)?")
_NUMBER_FIRST = re.compile(rf"{_RANGE} ?(?:x )?([^\d(:]+)")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.,;]{2,}")
_WITH_TIME = re.compile(r"(.*?),?\s+(?:(?:alle|dalle|ore|h)\s+)*(\d{1,2})[:.](\d{2})\s*")

Choice = TypeVar("Choice")


def read_text(text: str, longest: int, shortest: int = 0) -> str:
    """Return `text` if its length fits; raise CellProblem otherwise."""
    if not text and shortest:
        raise CellProblem(N_("This cannot be empty."))
    if len(text) > longest:
        raise CellProblem(N_("This is longer than %(limit)s characters."), limit=longest)
    if len(text) < shortest:
        raise CellProblem(N_("“%(typed)s” is too short."), typed=text)
    return text


def read_line(text: str, longest: int, shortest: int = 0) -> str:
    """Return `text` on one line if its length fits; raise CellProblem otherwise."""
    return read_text(" ".join(text.split()), longest, shortest)


def read_code(text: str) -> str:
    """Return the code by which the row is known when the file is read again."""
    if not text:
        raise CellProblem(N_("Give the activity a code of your own, like RAP-01: it tells us which one it is next time."))
    if not _CODE.fullmatch(text):
        raise CellProblem(
            N_("“%(typed)s” is no code: use letters, figures, dots and dashes, at most 40, without spaces."), typed=text[:60]
        )
    return text.upper()


def read_kind(text: str) -> ActivityKind:
    """Return the kind of activity."""
    return _chosen(text, KINDS, N_("“%(typed)s” is none of: laboratorio, volontariato, formazione, evento."))


def read_entry_mode(text: str) -> EntryMode:
    """Return how places are given; at once where nothing is said."""
    return _chosen(text, ENTRY_MODES, N_("“%(typed)s” is none of: immediata, su approvazione."))


def _chosen(text: str, choices: Mapping[Choice, tuple[str, ...]], message: str) -> Choice:
    wanted = comparable(text)
    for choice, spellings in choices.items():
        if wanted in spellings:
            return choice
    raise CellProblem(message, typed=text[:60])


def read_number(text: str, largest: int) -> int | None:
    """Return the whole number, None for an empty cell."""
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if not found:
        raise CellProblem(N_("“%(typed)s” is not a whole number."), typed=text[:60])
    number = int(found[1])
    if number > largest:
        raise CellProblem(N_("%(number)s is too many: at most %(limit)s."), number=number, limit=largest)
    return number


def read_ages(text: str) -> tuple[int | None, int | None]:
    """Return the two ages of "11-14 anni" in one cell; None and None for "tutti" or nothing."""
    if comparable(text) in ("", "tutti", "tutte le eta", "per tutti"):
        return None, None
    found = _AGES.fullmatch(" ".join(text.split()))
    if not found or max(int(found[1]), int(found[2] or 0)) > MAX_AGE:
        raise CellProblem(N_("“%(typed)s” are no ages we understand. Write 11-14."), typed=text[:60])
    return int(found[1]), int(found[2]) if found[2] else None


def read_languages(text: str) -> tuple[str, ...]:
    """Return the codes of the languages spoken there; Italian where nothing is said."""
    codes: list[str] = []
    for word in re.split(r"[,;/+\n]| e | ed ", text):
        if not word.strip():
            continue
        code = next((code for code, spellings in LANGUAGES.items() if comparable(word) in spellings), None)
        if code is None:
            raise CellProblem(N_("We do not know the language “%(typed)s”."), typed=word.strip()[:60])
        if code not in codes:
            codes.append(code)
    return tuple(codes) or ("it",)


def read_action(text: str) -> str | None:
    """Return the slug of the programme's action; None for an empty cell."""
    if not text:
        return None
    slug = find_action_slug(text)
    if slug is None:
        known = ", ".join(action.also[0] for action in actions())
        raise CellProblem(N_("“%(typed)s” is none of the actions: %(known)s."), typed=text[:60], known=known)
    return slug


def read_contact(text: str) -> str:
    """Return the contact; an e-mail address in it must look like one."""
    text = read_line(text, 200)
    for word in text.split():
        if "@" in word and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.,;]{2,}[,;.)]?", word.lstrip("(<").rstrip(">")):
            raise CellProblem(N_("“%(typed)s” does not look like an e-mail address."), typed=word[:60])
    return text


def read_addresses(text: str) -> tuple[str, ...]:
    """Return the addresses in the cell, as they are compared, each once."""
    words = [word for word in re.split(r"[,;\s]+", read_line(text, 1_000)) if word]
    for word in words:
        if not _ADDRESS.fullmatch(word):
            raise CellProblem(N_("“%(typed)s” does not look like an e-mail address."), typed=word[:60])
    return tuple(dict.fromkeys(normalise_email(word) for word in words))


def read_per_meeting(text: str, kind: ActivityKind) -> bool:
    """Whether one signs up for each meeting: shifts and events by themselves, workshops and courses as a whole."""
    wanted = comparable(text)
    if not wanted:
        return kind in (ActivityKind.VOLUNTEERING, ActivityKind.PUBLIC_EVENT)
    if wanted in PER_MEETING or wanted in PER_ACTIVITY:
        return wanted in PER_MEETING
    raise CellProblem(N_("“%(typed)s” is none of: ogni incontro, tutto il corso."), typed=text[:60])


def read_opens(text: str) -> datetime | None:
    """Return when sign-up opens: the beginning of the day where no time is written."""
    return _moment(text, time(0, 0))


def read_closes(text: str) -> datetime | None:
    """Return when sign-up closes: the last minute of the day where no time is written."""
    return _moment(text, time(23, 59))


def _moment(text: str, otherwise: time) -> datetime | None:
    if not text:
        return None
    found = _WITH_TIME.fullmatch(read_line(text, 100))
    if not found:
        return clock.from_rome(datetime.combine(read_day(text), otherwise))
    hour, minute = int(found[2]), int(found[3])
    if hour > 23 or minute > 59:
        raise CellProblem(N_("“%(typed)s” is not a time of day."), typed=f"{found[2]}:{found[3]}")
    return clock.from_rome(datetime.combine(read_day(found[1]), time()) + timedelta(hours=hour, minutes=minute))


def read_roles(text: str) -> list[tuple[str, int, int]]:
    """Return role, minimum and places of "accompagnatore 2-3, cucina 1"."""
    roles: list[tuple[str, int, int]] = []
    for item in re.split(r"[,;\n]", text):
        words = " ".join(item.split())
        if not words:
            continue
        role, least, most = _role(words)
        if any(comparable(role) == comparable(other) for other, _, _ in roles):
            raise CellProblem(N_("The role “%(role)s” is written twice."), role=role)
        roles.append((role, least, most))
    return roles


def _role(words: str) -> tuple[str, int, int]:
    first, last = _NUMBER_FIRST.fullmatch(words), _ROLE_FIRST.fullmatch(words)
    if last:
        name, low, high = last.groups()
    elif first:
        low, high, name = first.groups()
    else:
        raise CellProblem(N_("“%(typed)s” is no role we understand. Write accompagnatore 2-3, cucina 1."), typed=words[:60])
    least, most = (int(low), int(high)) if high else (0, int(low))
    _check_places(least, most)
    return name.strip(" -–:").casefold()[:60], least, most


def _check_places(least: int, most: int) -> None:
    if not 0 < most <= MAX_PLACES:
        raise CellProblem(N_("The places must be between 1 and %(limit)s."), limit=MAX_PLACES)
    if least > most:
        raise CellProblem(N_("The minimum (%(least)s) is greater than the places (%(most)s)."), least=least, most=most)


def openings(
    kind: ActivityKind, capacity: int | None, minimum: int | None, roles: list[tuple[str, int, int]], per_meeting: bool
) -> tuple[OpeningDraft, ...]:
    """Return the places of an activity: those who take part, and beside them the volunteers' roles."""
    drafts: list[OpeningDraft] = []
    is_volunteering = kind is ActivityKind.VOLUNTEERING
    total = sum(most for _, _, most in roles)
    if is_volunteering and roles and capacity not in (None, total):
        raise CellProblem(
            N_("The places (%(places)s) are not the sum of those of the roles (%(total)s)."), places=capacity, total=total
        )
    if capacity is not None and not (is_volunteering and roles):
        _check_places(minimum or 0, capacity)
        drafts.append(OpeningDraft(kind, DEFAULT_ROLES[kind], minimum or 0, capacity, per_meeting))
    for role, least, most in roles:
        drafts.append(OpeningDraft(ActivityKind.VOLUNTEERING, role, least, most, per_meeting or not is_volunteering))
    if not drafts or (not is_volunteering and drafts[0].kind is not kind):
        raise CellProblem(N_("How many places are there?"))
    return tuple(drafts)
