"""The benchmark runs: a little of everything, without an error (its goals do not count on a busy machine)."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.servers import ROOT


def test_a_little_of_everything_is_measured_without_an_error():
    done = subprocess.run([sys.executable, "-m", "bench", "--smoke"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    lines = {line["name"]: line for line in json.loads((ROOT / "build/bench.json").read_text())}
    assert 3 <= lines["full sign-up of a signed-in person"]["statements"] <= 12
    assert 1 <= lines["list of 20, rendered each time"]["statements"] <= 4
    assert lines["attendance of 30 saved in one request"]["statements"] <= 6
    assert lines["the rush: confirmed and waiting"]["is_good"]
    assert all(line["errors"] == 0 for line in lines.values())
