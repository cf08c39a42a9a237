"""Pages of a list: how many there are, which one this is, where the others stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class PagerLink:
    """A page one may go to; without `url` it is a gap between far numbers."""

    number: int
    url: str | None
    is_current: bool = False


@dataclass(frozen=True)
class Pager:
    """What `components/pager.html` shows."""

    number: int
    page_count: int
    total: int
    first: int
    last: int
    previous_url: str | None
    next_url: str | None
    links: tuple[PagerLink, ...]


def build_pager(total: int, number: int, per_page: int, url_of: Callable[[int], str]) -> Pager:
    """Return the pager of page `number` of `total` things shown `per_page` at a time."""
    page_count = max(1, -(-total // per_page))
    number = min(max(1, number), page_count)
    return Pager(
        number=number,
        page_count=page_count,
        total=total,
        first=min(total, (number - 1) * per_page + 1),
        last=min(total, number * per_page),
        previous_url=url_of(number - 1) if number > 1 else None,
        next_url=url_of(number + 1) if number < page_count else None,
        links=_links(number, page_count, url_of),
    )


def _links(number: int, page_count: int, url_of: Callable[[int], str]) -> tuple[PagerLink, ...]:
    shown = sorted({1, page_count, *range(max(1, number - 1), min(page_count, number + 1) + 1)})
    links: list[PagerLink] = []
    for page in shown:
        if links and page - links[-1].number > 1:
            links.append(PagerLink(page - 1, None))
        links.append(PagerLink(page, url_of(page), page == number))
    return tuple(links)


def page_number(text: str | None) -> int:
    """Return the number of the page that an address asks for; the first where it cannot be understood."""
    if text and text.isascii() and text.isdigit() and len(text) < 6:
        return max(1, int(text))
    return 1
