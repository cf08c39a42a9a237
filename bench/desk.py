"""The desk with many people: what moving a meeting would do to them, shown before it is done; who was there, in one request."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import sqlalchemy as sa

from bench import floor, town
from bench.counting import count_statements, elsewhere
from bench.report import Line, Report
from civic.accounts.models import Account, UserSession
from civic.activities.models import Activity, Attendance, Occurrence, Opening, Signup
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session, transaction, writing
from civic.kernel.ids import new_public_id
from civic.organisations.models import Organisation
from civic.organisations.services.verifying import add_member

PEOPLE, CLASS = 200, 30
_HERE = "http://127.0.0.1"
_MOST_MS, _MOST_STATEMENTS = 300, 15
_MARKS_RATIO, _MARKS_STATEMENTS = 5.0, 6
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]*)"')


def measure(app, report: Report, rounds: int) -> None:
    """Measure what the desk does with many people at once."""
    _measure_move(app, report, rounds)
    _measure_marks(app, report, rounds)


def _measure_move(app, report: Report, rounds: int) -> None:
    """Ask `rounds` times 5 for the preview of a move of a meeting with 200 people; add its slowest half and its statements."""
    with app.app_context():
        client, path, meeting = _desk_of_full_workshop(app, PEOPLE)
        starts, ends = (clock.to_rome(at + timedelta(days=7)) for at in (meeting.starts_at, meeting.ends_at))
        form = {"day": f"{starts:%Y-%m-%d}", "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "version": meeting.version}
        form |= _token_of(client, path)
        town.analyse()

    def preview() -> None:
        answer = client.post(f"{path}/sposta", data=form, base_url=_HERE)
        if answer.status_code != 200 or f"{PEOPLE} " not in answer.text:
            raise AssertionError(f"{answer.status_code} in place of the preview")

    sent = count_statements(preview)
    milliseconds = statistics.quantiles([_ms(preview) for _ in range(rounds * 5)], n=20)[-1]
    is_good = milliseconds <= _MOST_MS and sent <= _MOST_STATEMENTS
    name = f"preview of a move with {PEOPLE} sign-ups, p95"
    report.add(Line(name, f"{milliseconds:.0f} ms", goal=f"<= {_MOST_MS} ms", is_good=is_good, statements=sent))


def _measure_marks(app, report: Report, rounds: int) -> None:
    """Mark a class of 30 in one request, `rounds` times 10, in turns with the floor; nobody is marked before."""
    with app.app_context():
        client, path, meeting = _desk_of_full_workshop(app, CLASS)
        with transaction():
            began = clock.now() - timedelta(hours=1)
            times = {"starts_at": began, "ends_at": began + timedelta(hours=2)}
            writing().execute(sa.update(Occurrence).where(Occurrence.id == meeting.id).values(**times))
        signups = session().execute(sa.select(Signup.id, Signup.public_id).where(Signup.activity_id == meeting.activity_id)).all()
        form = {f"state-{one.public_id}": "present" for one in signups} | _token_of(client, path)
        fields = {"signup": [str(one.id) for one in signups]}
        town.analyse()
    at_floor = floor.app.test_client()

    def mark() -> None:
        answer = client.post(f"{path}/presenze", data=form, base_url=_HERE)
        if answer.status_code != 302:
            raise AssertionError(f"{answer.status_code} in place of the marks")

    def mark_bare() -> None:
        if at_floor.post("/attendance", data=fields).status_code != 303:
            raise AssertionError("the floor took no marks")

    sent, ours, floors = count_statements(mark), [], []
    mark_bare()
    for _ in range(rounds * 10):
        _take_marks_back(app)
        floors.append(_ms(mark_bare))
        ours.append(_ms(mark))
    ratio = statistics.median(mine / bare for mine, bare in zip(ours, floors, strict=True))
    report.add(Line(f"  floor: {CLASS} marks, bare", f"{statistics.median(floors):.1f} ms"))
    is_good = ratio <= _MARKS_RATIO and sent <= _MARKS_STATEMENTS
    line = Line(f"attendance of {CLASS} saved in one request", f"{statistics.median(ours):.1f} ms", ratio, is_good=is_good)
    report.add(replace(line, goal=f"<= {_MARKS_RATIO}", statements=sent))


def _take_marks_back(app) -> None:
    with app.app_context(), transaction():
        writing().execute(sa.delete(Attendance))
    with psycopg.connect(floor.address(), autocommit=True) as connection:
        connection.execute("DELETE FROM attendance")


def _ms(action: Callable[[], None]) -> float:
    begin = time.perf_counter()
    elsewhere(action)
    return (time.perf_counter() - begin) * 1000


def _token_of(client, path: str) -> dict[str, str]:
    page = elsewhere(lambda: client.get(f"{path}/sposta", base_url=_HERE))
    return {"csrf_token": _TOKEN.search(page.text)[1]}


def _desk_of_full_workshop(app, count: int):
    """Return a browser of who coordinates a workshop with `count` people, the address of its meeting, and the meeting."""
    slug = town.open_workshop(count).slug
    (coordinator,) = town.sign_in_people(app, 1)
    people = town.sign_in_people(app, count)
    with transaction():
        activity = writing().scalars(sa.select(Activity).where(Activity.slug == slug)).one()
        add_member(activity.organisation_id, coordinator.person_id, OrganisationRole.COORDINATOR)
        _pass_code(coordinator.person_id)
        _give_places(activity, [one.person_id for one in people])
        organisation = writing().get(Organisation, activity.organisation_id)
        meeting = writing().scalars(sa.select(Occurrence).where(Occurrence.activity_id == activity.id)).one()
        path = f"/gestione/{organisation.slug}/attivita/{activity.public_id}/incontri/{meeting.public_id}"
    client = app.test_client()
    for name, value in coordinator.cookies.items():
        client.set_cookie(name, value, domain="127.0.0.1")
    return client, path, meeting


def _pass_code(person_id: int) -> None:
    """Write that the sessions of the person passed a one-time code: the desk wants it."""
    theirs = sa.select(Account.id).where(Account.person_id == person_id).scalar_subquery()
    values = {"second_factor_at": clock.now()}
    writing().execute(sa.update(UserSession).where(UserSession.account_id == theirs).values(**values))


def _give_places(activity: Activity, people: list[int]) -> None:
    opening = session().scalars(sa.select(Opening.id).where(Opening.activity_id == activity.id)).one()
    now = clock.now()
    writing().execute(
        sa.insert(Signup),
        [
            {
                "public_id": new_public_id(),
                "opening_id": opening,
                "activity_id": activity.id,
                "person_id": person,
                "state": SignupState.CONFIRMED,
                "joined_at": now,
                "confirmed_at": now,
            }
            for person in people
        ],
    )
    writing().execute(sa.update(Opening).where(Opening.id == opening).values(taken=len(people)))
