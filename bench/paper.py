"""Certificates of a class: how fast a worker makes them beside the bare typesetter with the same words."""

from __future__ import annotations

import json
import statistics
import time

import sqlalchemy as sa
import typst

from bench import town
from bench.report import Line, Report
from civic.accounts.models import Person
from civic.activities.models import Activity
from civic.certificates.document import TEMPLATE, values_of
from civic.certificates.models import Certificate
from civic.certificates.services.issuing import issue
from civic.certificates.types import Hours
from civic.documents.typesetting import FOLDER, STANDARDS
from civic.jobs.certificates import prepare_all
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import session, transaction, writing
from civic.kernel.ids import new_public_id
from civic.notifications import settings

CLASS = 30
_SECONDS, _RATIO = 2.0, 3.0


def measure(app, report: Report, rounds: int) -> None:
    """Make the certificates of a class and set the same words bare, in turns, after a first turn that does not count."""
    ours, floors = [], []
    with app.app_context():
        for _ in range(rounds + 1):
            words = _ask_for_class(app)
            floors.append(_seconds_of_bare(words))
            begin = time.perf_counter()
            made = prepare_all()
            ours.append(time.perf_counter() - begin)
            if made != CLASS:
                raise AssertionError(f"{made} certificates in place of {CLASS}")
    seconds, floor = statistics.median(ours[1:]), statistics.median(floors[1:])
    ratio = statistics.median(mine / bare for mine, bare in zip(ours[1:], floors[1:], strict=True))
    report.add(Line(f"  floor: {CLASS} certificates, bare typst", f"{floor:.2f} s"))
    report.add(Line(f"{CLASS} certificates made by a worker", f"{seconds:.2f} s", ratio, f"<= {_RATIO}", ratio <= _RATIO))
    slowest, goal = max(ours), f"<= {_SECONDS} s"
    report.add(Line("the same, the slowest of the run", f"{slowest:.2f} s", goal=goal, is_good=slowest <= _SECONDS))


def _ask_for_class(app) -> list[tuple[str, int]]:
    """Issue a document to each of a class and ask for the files; return the words and the instant of each."""
    slug, people = town.open_workshop(CLASS).slug, town.sign_in_people(app, CLASS)
    with transaction():
        activity = writing().scalars(sa.select(Activity).where(Activity.slug == slug)).one()
        day = clock.today()
        hours = [
            Hours(one.person_id, new_public_id(), "Ada", "Neri", 600 + number, 720, 5, 6, day, day)
            for number, one in enumerate(people)
        ]
        issued = [one.id for one in issue(SYSTEM, activity, hours, 75)]
        writing().execute(sa.update(Certificate).where(Certificate.id.in_(issued)).values(asked_at=clock.now()))
    rows = session().execute(
        sa.select(Certificate, Person).join(Person, Person.id == Certificate.person_id).where(Certificate.id.in_(issued))
    )
    site_url = settings.current().base_url
    return [(json.dumps(values_of(one, person, site_url)), int(one.issued_at.timestamp())) for one, person in rows]


def _seconds_of_bare(words: list[tuple[str, int]]) -> float:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FOLDER / "fonts")])
    compiler = typst.Compiler(str(FOLDER / TEMPLATE), root=str(FOLDER), font_paths=fonts)
    begin = time.perf_counter()
    for data, at in words:
        compiler.compile(format="pdf", sys_inputs={"data": data}, pdf_standards=STANDARDS, timestamp=at)
    return time.perf_counter() - begin
