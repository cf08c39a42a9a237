"""`script/bench`: floors and site in one call, a table on the screen and `build/bench.json`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from bench import measures
from bench.report import Report
from bench.servers import ROOT, machine


def main() -> int:
    """Measure, print the table, write the file; the answer is 1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few of everything, to see that it runs; goals do not count")
    parser.add_argument("--rounds", type=int, default=3, help="how often site and floor take turns (3)")
    options = parser.parse_args()
    size = measures.SMOKE if options.smoke else measures.FULL
    folder = Path(tempfile.mkdtemp(prefix="civic-bench-"))
    report = Report()
    try:
        with machine(folder) as running:
            measures.run(running, report, size, 1 if options.smoke else options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(report.table())
    target = ROOT / "build/bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report.as_data(), indent=2) + "\n")
    if options.smoke:
        return 1 if report.errors else 0
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
