"""Names as people write them: when two spellings mean the same place, quartiere or action."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

from civic.kernel.ids import plain

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
# What people leave out or abbreviate in front of a place's own name.
_PREFIXES = (
    "casa di quartiere",
    "casa quartiere",
    "c d q",
    "cdq",
    "centro interculturale",
    "biblioteca comunale",
    "biblioteca",
    "bibl",
    "centro",
)
_ARTICLES = ("dell", "della", "dello", "del", "di", "la", "il", "lo", "l")


class Named(Protocol):
    """Anything with a name."""

    name: str


P = TypeVar("P", bound=Named)


def comparable(text: str) -> str:
    """Return `text` without case, accents, apostrophes, dashes and double spaces."""
    return _NOT_LETTERS.sub(" ", plain(text)).strip()


def bare(text: str) -> str:
    """Return the place's own name: without "Casa di Quartiere", "Biblioteca" and the article that follows."""
    words = comparable(text)
    for prefix in _PREFIXES:
        rest = words.removeprefix(prefix)
        if rest != words and rest.startswith(" "):
            return _without_article(rest.strip())
    return _without_article(words)


def _without_article(words: str) -> str:
    first, _, rest = words.partition(" ")
    return rest if rest and first in _ARTICLES else words


def match_place(text: str, places: Iterable[P]) -> P | None:
    """Return the one place that `text` names, or None where none or more than one fits."""
    known = list(places)
    for form in (comparable, bare):
        wanted = form(text)
        found = [place for place in known if wanted and form(place.name) == wanted]
        if len(found) == 1:
            return found[0]
    return None
