"""Every sentence exists in Italian and in English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from civic.kernel import i18n

ROOT = Path(__file__).parent.parent.parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
SOURCES = (
    ("civic", [("**.py", "python")]),
    ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.mjml", "jinja2")]),
)
CATALOGUES = sorted((ROOT / "civic/locale/it/LC_MESSAGES").glob("*.po"))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def extracted() -> dict[str, str]:
    """Every message id -> where it stands."""
    found: dict[str, str] = {}
    for folder, methods in SOURCES:
        for name, line, message, _comments, _context in extract_from_dir(ROOT / folder, methods, keywords=KEYWORDS):
            key = message[0] if isinstance(message, tuple) else message
            if key:
                found.setdefault(key, f"{folder}/{name}:{line}")
    return found


def translated() -> list:
    messages = []
    for path in CATALOGUES:
        with path.open("rb") as handle:
            messages += [message for message in read_po(handle, locale="it") if message.id]
    return messages


def test_no_sentence_is_untranslated():
    known = i18n._messages("it")
    assert {place: message for message, place in extracted().items() if message not in known} == {}


def refusals() -> set[str]:
    """The names of every class that says no in words, found by what it inherits."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for path in (ROOT / "civic").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    found = {"DomainError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def test_every_refusal_speaks_in_marked_words():
    names = refusals()
    assert {"RuleBroken", "CellProblem", "StaleForm"} <= names
    bare = []
    for path in (ROOT / "civic").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names):
                continue
            given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "message")]
            bare += [f"{path.name}:{node.lineno}" for one in given if isinstance(one, ast.Constant | ast.JoinedStr | ast.BinOp)]
    assert bare == []


def test_translations_keep_the_placeholders():
    def parts(text) -> list[set[str]]:
        return [set(PLACEHOLDER.findall(one)) for one in (text if isinstance(text, list | tuple) else [text])]

    wrong = [message.id for message in translated() if set().union(*parts(message.id)) != set().union(*parts(message.string))]
    assert wrong == []


def test_one_sentence_is_said_in_one_way():
    said: dict[str, object] = {}
    twice = []
    for message in translated():
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        if said.setdefault(key, message.string) != message.string:
            twice.append(key)
    assert twice == []


def test_no_translation_is_left_over():
    used = extracted()
    keys = {message.id[0] if isinstance(message.id, tuple) else message.id for message in translated()}
    assert sorted(keys - used.keys()) == []
