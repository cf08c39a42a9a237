"""Promises to users, kept while processes are killed: short in every test run, long with `script/promises`."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.servers import ROOT, machine
from tests.promises.crew import Crew
from tests.sink import listening

FOLDER = ROOT / "build/promises"
_results: list[dict] = []


@pytest.fixture(scope="session")
def is_full(request) -> bool:
    """Whether the long form is asked for."""
    return request.config.getoption("--full")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The twins take their time: they belong to the long form."""
    return True if collection_path.name == "test_twins.py" and not config.getoption("--full") else None


@pytest.fixture
def keeps(is_full):
    """Write down a promise with its figure: `keeps("P2", "messages lost", 0, 0)` fails where figure passes target."""
    begin = time.monotonic()

    def write(promise: str, figure: str, value: float, target: float) -> None:
        _write(promise, figure, (value, target), value <= target, is_full, begin)

    return write


@pytest.fixture
def goes_red(is_full):
    """Write down the same figure with the protection off: it fails where the figure does not pass the target."""
    begin = time.monotonic()

    def write(promise: str, figure: str, value: float, target: float) -> None:
        _write(f"{promise} twin", figure, (value, target), value > target, is_full, begin)

    return write


def _write(promise: str, figure: str, numbers: tuple[float, float], ok: bool, is_full: bool, begin: float) -> None:
    line = {
        "promise": promise,
        "figure": figure,
        "value": numbers[0],
        "target": numbers[1],
        "ok": ok,
        "form": "full" if is_full else "short",
        "commit": _commit(),
        "seconds": round(time.monotonic() - begin, 1),
    }
    _results.append(line)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "promises.jsonl").open("a") as handle:
        handle.write(json.dumps(line) + "\n")
    assert ok, line


@pytest.fixture
def crew():
    """A whole site in real processes on servers of its own, and a mail server that writes down what it takes."""
    with _crew() as members:
        yield members


@pytest.fixture(scope="module")
def calm_crew():
    """A site that nobody kills, already at work, shared by the tests of a module."""
    with _crew() as members:
        members.start_web()
        members.start_worker()
        yield members


@contextmanager
def _crew():
    folder = Path(tempfile.mkdtemp(prefix="civic-promises-"))
    try:
        with machine(folder, is_durable=True) as running, listening() as sink:
            running.postgres.create_database("site")
            members = Crew(running, sink)
            try:
                yield members
            finally:
                members.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the table of promises."""
    if not _results:
        return
    terminalreporter.section("promises")
    for line in sorted(_results, key=lambda one: int(one["promise"].strip("Ptwin "))):
        is_twin = line["promise"].endswith("twin")
        mark = "BROKEN" if not line["ok"] else "red as it must be" if is_twin else "kept"
        told = f"{mark:<17} {line['promise']:<8} {line['figure']:<58} {line['value']:>8} (at most {line['target']})"
        terminalreporter.write_line(f"{told} {line['seconds']:>7} s")
