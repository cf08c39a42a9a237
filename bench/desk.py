"""The desk with many people: what moving a meeting would do to them, shown before it is done."""

from __future__ import annotations

import re
import statistics
import time
from datetime import timedelta

import sqlalchemy as sa

from bench import town
from bench.counting import count_statements, elsewhere
from bench.report import Line, Report
from civic.accounts.models import Account, UserSession
from civic.activities.models import Activity, Occurrence, Opening, Signup
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session, transaction, writing
from civic.kernel.ids import new_public_id
from civic.organisations.models import Organisation
from civic.organisations.services.verifying import add_member

PEOPLE = 200
_HERE = "http://127.0.0.1"
_MOST_MS, _MOST_STATEMENTS = 300, 15
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]*)"')


def measure(app, report: Report, rounds: int) -> None:
    """Ask `rounds` times 5 for the preview of a move of a meeting with 200 people; add its slowest half and its statements."""
    with app.app_context():
        client, path, form = _desk_of_full_workshop(app)
        town.analyse()

    def preview() -> None:
        answer = client.post(path, data=form, base_url=_HERE)
        if answer.status_code != 200 or f"{PEOPLE} " not in answer.text:
            raise AssertionError(f"{answer.status_code} in place of the preview")

    sent = count_statements(preview)
    taken = []
    for _ in range(rounds * 5):
        begin = time.perf_counter()
        elsewhere(preview)
        taken.append((time.perf_counter() - begin) * 1000)
    milliseconds = statistics.quantiles(taken, n=20)[-1]
    is_good = milliseconds <= _MOST_MS and sent <= _MOST_STATEMENTS
    name = f"preview of a move with {PEOPLE} sign-ups, p95"
    report.add(Line(name, f"{milliseconds:.0f} ms", goal=f"<= {_MOST_MS} ms", is_good=is_good, statements=sent))


def _desk_of_full_workshop(app):
    """Return a browser of who coordinates a full workshop, the page that moves its meeting, and the form a week later."""
    slug = town.open_workshop(PEOPLE).slug
    (coordinator,) = town.sign_in_people(app, 1)
    people = town.sign_in_people(app, PEOPLE)
    with transaction():
        activity = writing().scalars(sa.select(Activity).where(Activity.slug == slug)).one()
        add_member(activity.organisation_id, coordinator.person_id, OrganisationRole.COORDINATOR)
        _pass_code(coordinator.person_id)
        _give_places(activity, [one.person_id for one in people])
        organisation = writing().get(Organisation, activity.organisation_id)
        meeting = writing().scalars(sa.select(Occurrence).where(Occurrence.activity_id == activity.id)).one()
        path = f"/gestione/{organisation.slug}/attivita/{activity.public_id}/incontri/{meeting.public_id}/sposta"
        starts, ends = (clock.to_rome(at + timedelta(days=7)) for at in (meeting.starts_at, meeting.ends_at))
        form = {"day": f"{starts:%Y-%m-%d}", "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "version": meeting.version}
    client = app.test_client()
    for name, value in coordinator.cookies.items():
        client.set_cookie(name, value, domain="127.0.0.1")
    page = elsewhere(lambda: client.get(path, base_url=_HERE))
    return client, path, {**form, "csrf_token": _TOKEN.search(page.text)[1]}


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
