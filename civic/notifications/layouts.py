"""From a letter to text and HTML: the layouts of all mails. Only who sends mail needs them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from civic.kernel import i18n
from civic.kernel.i18n import _
from civic.notifications import settings
from civic.notifications.letters import Card, Frame, Letter

_BETWEEN = re.compile(r"(</(?:td|tr|table|div|style|head)>|<tbody>|<tr>|-->)")
_FOLDER = Path(__file__).parent.parent.parent / "templates" / "emails"


class LayoutError(Exception):
    """The layout holds something that the compiler of mails did not understand."""


@cache
def _environment(is_html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=is_html, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(_=i18n._, lines_of=_lines_of)
    environment.filters.update(day=i18n.format_day, time=i18n.format_time)
    return environment


@cache
def _html_template() -> Template:
    """The layout is compiled once: what is particular to a message passes through as Jinja."""
    source = (_FOLDER / "letter.mjml").read_text(encoding="utf-8")
    compiled = mrml.to_html(source)
    if compiled.warnings:
        raise LayoutError("; ".join(str(warning) for warning in compiled.warnings))
    # Lines of mail end before the thousandth character: the layout breaks between elements, where nobody sees it.
    return _environment(True).from_string(_BETWEEN.sub(r"\1\n", compiled.content))


@cache
def _text_template() -> Template:
    return _environment(False).get_template("letter.txt")


def compile_layouts() -> None:
    """Compile the layouts now; raise LayoutError where something in them is not understood."""
    _html_template()
    _text_template()


def as_html(letter: Letter, frame: Frame) -> str:
    """Return the letter as HTML in the current language."""
    return _html_template().render(_values(letter, frame))


def as_text(letter: Letter, frame: Frame) -> str:
    """Return the letter as plain text in the current language."""
    return _text_template().render(_values(letter, frame))


def _values(letter: Letter, frame: Frame) -> dict:
    card = letter.card
    return {
        "language": i18n.current_language(),
        "site_name": settings.SITE_NAME,
        "letter": letter,
        "frame": frame,
        "day_parts": _day_parts(card) if card else (),
        "funding": _("Funded by the European Union, European Social Fund, PON Metro 2014-2020, Axis 3."),
    }


def _day_parts(card: Card) -> tuple[str, str, str]:
    """Return weekday, number and month in few letters."""
    parts = i18n.format_short_day(card.when).replace(",", "").split(" ")
    return parts[0], parts[1], parts[2]


def _lines_of(text: str) -> Markup:
    """Return text that people wrote as HTML, its line breaks kept."""
    return Markup("<br />").join(text.splitlines())
