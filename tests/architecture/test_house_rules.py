"""Rules of the house that no reviewer needs to remember."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CODE = sorted(path for path in (ROOT / "civic").rglob("*.py") if "migrations/versions" not in str(path))
CODE += [ROOT / "config.py", *(path for path in [ROOT / "worker.py"] if path.exists())]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MODULE_LINES, TEST_LINES, FUNCTION_LINES, PARAMETERS = 300, 500, 40, 5


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions_of(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_module_is_longer_than_one_reads():
    long = [name_of(path) for path in CODE if len(path.read_text().splitlines()) > MODULE_LINES]
    long += [name_of(path) for path in TESTS if len(path.read_text().splitlines()) > TEST_LINES]
    assert long == []


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{name_of(path)}:{function.name}"
        for path in CODE
        for function in functions_of(path)
        if function.end_lineno - function.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_five_parameters_besides_the_actor_are_enough():
    def count(function: ast.FunctionDef) -> int:
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        return sum(1 for argument in arguments if argument.arg not in ("self", "cls", "actor"))

    crowded = [
        f"{name_of(path)}:{function.name}"
        for path in CODE
        for function in functions_of(path)
        if count(function) > PARAMETERS
    ]
    assert crowded == []


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\.(commit|rollback)\(", {"civic/kernel/db.py"}),
        (r"\bos\.environ\b|\bos\.getenv\b", {"config.py"}),
        (r"\bdatetime\.now\(|\bdate\.today\(|\btime\.time\(|utcnow\(", {"civic/kernel/clock.py"}),
        (r"flask_sqlalchemy", {"civic/kernel/db.py"}),
    ],
)
def test_some_things_stand_in_one_place(pattern, allowed):
    # The machinery that starts processes on a bare machine is not the site: it has an environment and a clock of its own.
    found = {name_of(path) for path in CODE if re.search(pattern, path.read_text()) and "civic/embedded/" not in name_of(path)}
    assert found <= allowed


def test_sql_never_asks_what_time_it_is():
    pattern = re.compile(r"\b(now\(\)|CURRENT_TIMESTAMP|CURRENT_DATE|LOCALTIMESTAMP|clock_timestamp\(\)|func\.now\b)", re.I)
    found = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE)\b", text) and pattern.search(text):
                found.append(f"{name_of(path)}:{node.lineno}")
        if re.search(r"func\.(now|current_timestamp)\b", path.read_text()):
            found.append(name_of(path))
    migrations = [path for path in (ROOT / "civic/migrations/versions").glob("*.py") if "now()" in path.read_text()]
    assert found == [] and migrations == []


def test_imports_go_down_the_house():
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-4000:]


def test_the_code_is_clean_in_the_eyes_of_the_linter():
    linter = Path(sys.executable).parent / "ruff"
    result = subprocess.run([linter, "check", "--no-cache", "."], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-4000:]


def test_the_web_never_loads_the_typesetter_and_workers_do():
    def loads(module: str) -> bool:
        asked = f"import {module}, sys; print('typst' in sys.modules)"
        return subprocess.check_output([sys.executable, "-c", asked], cwd=ROOT, text=True).strip() == "True"

    assert (loads("civic.app"), loads("civic.jobs.tasks")) == (False, True)


def test_no_drawer_modules():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [name_of(path) for path in CODE if path.stem in drawers or path.parent.name in drawers] == []


def test_templates_hold_no_script_and_no_style_of_their_own():
    pattern = re.compile(r"\son[a-z]+=|\sstyle=|<script(?![^>]*\ssrc=)|<style|javascript:", re.I)
    found = [
        name_of(path)
        for path in (ROOT / "templates").rglob("*.html")
        if "emails" not in path.parts and pattern.search(path.read_text())
    ]
    assert found == []


def test_no_import_hides_inside_a_function():
    found = []
    for path in CODE:
        if "civic/embedded/" in name_of(path):
            continue
        for function in functions_of(path):
            found += [
                f"{name_of(path)}:{node.lineno}" for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
            ]
    assert found == []


def test_every_public_module_says_what_it_is_for():
    assert [name_of(path) for path in CODE if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_test_is_skipped():
    pattern = re.compile(r"pytest\.(skip|mark\.skip|mark\.xfail|importorskip)|@unittest\.skip")
    assert [name_of(path) for path in TESTS if pattern.search(path.read_text()) and path != Path(__file__)] == []


def test_nothing_is_installed_that_is_not_known_by_its_hash():
    installs = [
        (path.name, line)
        for path in (ROOT / "script").iterdir()
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"""pip["',]* ["']?install""", line)
    ]
    assert {name for name, _line in installs} == {"lib", "assets"}
    assert [one for one in installs if "--require-hashes" not in one[1]] == []
    for listed in ROOT.glob("requirements*.in"):
        locked = listed.with_suffix(".txt").read_text("utf-8")
        names = re.findall(r"^([\w.-]+)(?:\[\w,]+)?==", listed.read_text("utf-8"), re.MULTILINE)
        hashed = r"(\[\w,]+)?==\S+( ;.*)? \\\n    --hash"
        assert [name for name in names if not re.search(f"^{name}{hashed}", locked, re.M | re.I)] == []
