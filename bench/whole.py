"""The whole site as `script/server` runs it: what all its processes hold in memory beside the database."""

from __future__ import annotations

import subprocess
import sys

import psutil

from bench import stories
from bench.client import Visitor, load
from bench.report import Line, Report
from bench.servers import ROOT, Machine, free_port, pss_of

_NAMED_FROM_OUTSIDE = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "BASE_URL", "TRUSTED_HOSTS")
PAGES = ("/", "/laboratori", "/volontariato", "/programma", "/accedi", "/en/laboratori")


def measure(machine: Machine, report: Report, pages: int) -> None:
    """Start the site with its demo town, read its pages, and add up the memory of everything but PostgreSQL."""
    port = free_port()
    own = {"CIVIC_HOME": str(machine.folder / "whole"), "PORT": str(port), "MAIL_PORT": str(free_port())}
    environ = {name: value for name, value in machine.environ(**own).items() if name not in _NAMED_FROM_OUTSIDE}
    process = subprocess.Popen(
        [sys.executable, "-m", "civic.embedded.starter"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        if not any(line.startswith("ready ") for line in process.stdout):
            raise RuntimeError("the site did not come up")
        for path in PAGES:
            load(stories.read(path), pages, lambda _worker: Visitor(port))
        used = sum(pss_of(child) for child in _beside_the_database(process.pid))
    finally:
        process.terminate()
        process.communicate(timeout=60)
    report.add(
        Line("all processes of the site (PSS), no database", f"{used:.0f} MiB", goal="<= 450 MiB", is_good=used <= 450)
    )


def _beside_the_database(pid: int) -> list[psutil.Process]:
    found = [psutil.Process(pid)]
    for process in found:
        found += [child for child in process.children() if "postgres" not in child.name()]
    return found
