"""Floor (b): the statements of a sign-up alone, sent by pgbench."""

from __future__ import annotations

import re
import subprocess

from bench.servers import Machine
from civic.embedded.postgres import binary

SCRIPT = """
\\set person random(1000000, 999999999)
SELECT id, title FROM activity WHERE id = {activity};
BEGIN;
UPDATE activity SET taken = taken + 1 WHERE id = {activity} AND taken < capacity RETURNING taken;
INSERT INTO signup (activity_id, person_id, state) VALUES ({activity}, :person, 'confirmed') ON CONFLICT DO NOTHING;
INSERT INTO outbox (name, payload) VALUES ('SignupConfirmed', '{{}}');
COMMIT;
SELECT title FROM activity WHERE id = {activity};
"""


def transactions_per_second(machine: Machine, activity: int, seconds: int) -> float:
    """Return how many sign-ups a second two connections of pgbench reach."""
    script = machine.folder / "signup.sql"
    script.write_text(SCRIPT.format(activity=activity))
    command = [
        str(binary("pgbench")), "-n", "-M", "prepared", "-c", "2", "-j", "2", "-T", str(seconds), "-f", str(script),
        "-h", str(machine.postgres.sockets), "-U", "civic", "floor",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])
