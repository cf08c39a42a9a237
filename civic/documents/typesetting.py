"""The typesetter: one for each process, made when first needed, with the typefaces of the house and nothing of the machine's."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

FOLDER = Path(__file__).parent
STANDARDS = ["ua-1", "a-2a"]
"""For whoever listens to it, and for whoever opens it in thirty years. It refuses what would not be either."""

# The typesetter refuses a second thread while it works.
_one_at_a_time = threading.Lock()


class CannotBeSet(Exception):
    """A document could not be made; the values that it holds are not told, which are somebody's."""


@cache
def _compiler(template: str) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FOLDER / "fonts")])
    return typst.Compiler(str(FOLDER / template), root=str(FOLDER), font_paths=fonts)


def make_pdf(template: str, values: Mapping[str, object], at: datetime) -> bytes:
    """Return a PDF/UA-1 and PDF/A-2a, the same bytes for the same values and instant; raise CannotBeSet where it is neither.

    Letters of which no typeface has a form are such a case: they would be boxes to whoever reads, and nothing to whoever listens.
    """
    words, second = {"data": json.dumps(values)}, int(at.timestamp())
    try:
        with _one_at_a_time:
            return _compiler(template).compile(format="pdf", sys_inputs=words, pdf_standards=STANDARDS, timestamp=second)
    except typst.TypstError:
        raise CannotBeSet(template) from None
