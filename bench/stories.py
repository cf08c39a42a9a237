"""What the visitors of the benchmark do, at the site and at the floor."""

from __future__ import annotations

import re
from collections.abc import Callable

from bench.client import Visitor
from bench.town import Hot, Somebody

_HIDDEN = re.compile(rb'name="(csrf_token|submit_key)"[^>]*value="([^"]*)"')
_SHOWN = b"Codice da mostrare"


def read(path: str) -> Callable[[int, Visitor], None]:
    """Return the story of reading one page, which must be there."""

    def story(_number: int, visitor: Visitor) -> None:
        answer = visitor.get(path)
        if answer.status != 200:
            raise AssertionError(f"{answer.status} at {path}")

    return story


def sign_up(hot: Hot, people: list[Somebody]) -> Callable[[int, Visitor], None]:
    """Return the story of signing up: the page with its form, the submit, the confirmation."""

    def story(number: int, visitor: Visitor) -> None:
        somebody = people[number]
        visitor.cookies = dict(somebody.cookies)
        answer = visitor.post(f"/attivita/{hot.slug}/iscrizione", form_for(hot, somebody, visitor))
        if answer.status != 302:
            raise AssertionError(f"{answer.status} after the submit")
        done = visitor.get(answer.header(b"location"))
        if done.status != 200 or _SHOWN not in done.body:
            raise AssertionError(f"{done.status} at the confirmation")

    return story


def form_for(hot: Hot, somebody: Somebody, visitor: Visitor, **more: str) -> dict[str, str]:
    """Ask for the page with the form and return what its submit sends."""
    page = visitor.get(f"/attivita/{hot.slug}/iscrizione")
    if page.status != 200:
        raise AssertionError(f"{page.status} at the form")
    return fields_of(page.body, hot, somebody) | more


def fields_of(page: bytes, hot: Hot, somebody: Somebody) -> dict[str, str]:
    """Return what the form on the page sends."""
    hidden = {name.decode(): value.decode() for name, value in _HIDDEN.findall(page)}
    return {**hidden, "opening": hot.opening, "person": str(somebody.person_id)}


def floor_sign_up(activity_id: int) -> Callable[[int, Visitor], None]:
    """Return the same story at the floor."""

    def story(number: int, visitor: Visitor) -> None:
        visitor.get(f"/activity/{activity_id}")
        answer = visitor.post("/signup", {"activity": str(activity_id), "person": str(number)})
        if answer.status != 303:
            raise AssertionError(str(answer.status))
        visitor.get(answer.header(b"location"))

    return story
