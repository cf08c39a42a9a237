"""What is measured, in which order, against which floor and which goal."""

from __future__ import annotations

import os
import statistics
import threading
import time
from dataclasses import dataclass, replace

import psycopg

from bench import bulk, desk, floor, mail, paper, stories, town, whole
from bench.client import Run, Visitor, load
from bench.counting import count_statements, elsewhere
from bench.pgbench import transactions_per_second
from bench.report import Line, Report
from bench.servers import Machine, Web, pss, web
from civic.app import create_app
from config import load as load_config

HOT = 1
HERE = "http://127.0.0.1"


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    pages: int
    signups: int
    rush_people: int
    rush_places: int
    seconds_of_pgbench: int
    reminders: int
    bulk: int


FULL = Size(pages=4000, signups=800, rush_people=300, rush_places=20, seconds_of_pgbench=5, reminders=10_000, bulk=100_000)
SMOKE = Size(pages=40, signups=10, rush_people=30, rush_places=5, seconds_of_pgbench=1, reminders=60, bulk=200)


@dataclass(frozen=True)
class Goals:
    """What a comparison must reach: speed and processor time against the floor's, and statements of the dearest request."""

    speed: float
    statements: int
    cpu: float | None = None


@dataclass(frozen=True)
class Cost:
    """A run with what it cost the servers."""

    run: Run
    cpu_ms: float


def run(machine: Machine, report: Report, size: Size, rounds: int) -> None:
    """Measure everything and put it into the report."""
    os.environ.update(machine.environ(FLOOR_DATABASE_URL=machine.postgres.url("floor")))
    machine.postgres.create_database("site")
    machine.postgres.create_database("floor")
    town.build(machine)
    with psycopg.connect(machine.postgres.url("floor"), autocommit=True) as connection:
        connection.execute(floor.SCHEMA)
        connection.execute(
            "INSERT INTO activity SELECT n, 'Laboratorio di radio ' || n, 'Un pomeriggio ai microfoni', 'Ritmo Obliquo', "
            "'Casa Gialla', '2027-01-01'::timestamptz + n * interval '1 day', 100000 FROM generate_series(1, 72) n"
        )
    app = create_app(load_config(machine.environ()))
    with app.app_context():
        town.analyse()
        _measure(Bench(machine, report, size, rounds, app))
    paper.measure(app, report, rounds)
    desk.measure(app, report, rounds)
    whole.measure(machine, report, size.pages // 20)
    mail.measure(machine, report, size.reminders)
    with app.app_context():
        bulk.measure(report, size.bulk)


@dataclass
class Bench:
    """Everything the measures share."""

    machine: Machine
    report: Report
    size: Size
    rounds: int
    app: object

    def cost(self, story, count: int, port: int) -> Cost:
        """Tell a story `count` times at eight at once and return what it cost."""
        before = self.machine.cpu()
        done = load(story, count, lambda _worker: Visitor(port))
        return Cost(done, (self.machine.cpu() - before) * 1000 / max(1, len(done.latencies)))

    def compare(self, name: str, costs: list[tuple[Cost, Cost]], goals: Goals, statements: int) -> None:
        """Add a line for the site's run beside the floor's: medians of the rounds, paired."""
        ratio = statistics.median(ours.run.per_second / floors.run.per_second for ours, floors in costs)
        cpu_ratio = statistics.median(ours.cpu_ms / floors.cpu_ms for ours, floors in costs if floors.cpu_ms)
        ours = sorted((pair[0] for pair in costs), key=lambda cost: cost.run.per_second)[len(costs) // 2]
        floors = sorted((pair[1] for pair in costs), key=lambda cost: cost.run.per_second)[len(costs) // 2]
        self.report.add(self._line(f"  floor: {name}", floors))
        errors = sum(pair[0].run.errors for pair in costs)
        is_good = ratio >= goals.speed and statements <= goals.statements
        line = replace(self._line(name, ours), ratio=ratio, goal=f">= {goals.speed}", is_good=is_good, errors=errors)
        self.report.add(replace(line, statements=statements))
        if goals.cpu is not None:
            cost = f"{ours.cpu_ms:.2f} ms"
            self.report.add(Line(f"{name}: processor time", cost, cpu_ratio, f"<= {goals.cpu}", cpu_ratio <= goals.cpu))

    @staticmethod
    def _line(name: str, cost: Cost) -> Line:
        return Line(
            name,
            f"{cost.run.per_second:.0f} /s",
            per_second=cost.run.per_second,
            cpu_ms=cost.cpu_ms,
            p50=cost.run.percentile(0.5),
            p95=cost.run.percentile(0.95),
            errors=cost.run.errors,
        )


def _measure(bench: Bench) -> None:
    with (
        web(bench.machine, "bench.floor:app", "/list") as base,
        web(bench.machine, "civic.wsgi:app", "/laboratori") as site,
        web(bench.machine, "bench.rendering:app", "/laboratori") as rendering,
    ):
        hot = town.open_workshop(5000)
        _warm(base, site, rendering, hot)
        bench.report.add(_at_most("first answer after the start of the process", site.seconds_to_answer, 2.5, "s"))
        _pages(bench, base, site, rendering, hot)
        _sign_ups(bench, base, site, hot)
        _rush(bench, base, site)
        bench.report.add(_at_most("memory of a web worker", site.worker_rss(), 130, "MiB"))
        bench.report.add(Line("the site's web processes (PSS)", f"{pss(site.process.pid):.0f} MiB"))


def _at_most(name: str, value: float, most: float, unit: str) -> Line:
    return Line(name, f"{value:.2f} {unit}", goal=f"<= {most} {unit}", is_good=value <= most)


def _warm(base: Web, site: Web, rendering: Web, hot: town.Hot) -> None:
    """Let every worker prepare its statements and compile its templates before anything is counted."""
    for port, paths in (
        (base.port, ("/list", f"/activity/{HOT}")),
        (site.port, ("/laboratori", f"/attivita/{hot.slug}")),
        (rendering.port, ("/laboratori", f"/attivita/{hot.slug}")),
    ):
        for path in paths:
            load(stories.read(path), 64, lambda _worker, port=port: Visitor(port))


def _pages(bench: Bench, base: Web, site: Web, rendering: Web, hot: town.Hot) -> None:
    pages = (("list of 20", "/list", "/laboratori"), ("activity page", f"/activity/{HOT}", f"/attivita/{hot.slug}"))
    for name, at_floor, at_site in pages:
        rendered, cached = [], []
        for _ in range(bench.rounds):
            floors = bench.cost(stories.read(at_floor), bench.size.pages, base.port)
            ours = bench.cost(stories.read(at_site), bench.size.pages, rendering.port)
            kept = bench.cost(stories.read(at_site), bench.size.pages, site.port)
            rendered.append((ours, floors))
            cached.append((kept, floors))
        sent = count_statements(lambda path=at_site: _expect(200, bench.app.test_client().get(path, base_url=HERE)))
        bench.compare(f"{name}, rendered each time", rendered, Goals(0.45, statements=4), sent)
        bench.compare(f"{name}, anonymous and cached", cached, Goals(1.0, statements=4), sent)


def _sign_ups(bench: Bench, base: Web, site: Web, hot: town.Hot) -> None:
    count, pairs = bench.size.signups, []
    sent = _statements_of_submit(bench, hot)
    for number in range(bench.rounds + 1):
        # A site that has run for a while knows its tables; autovacuum comes round once a minute.
        town.analyse()
        people = town.sign_in_people(bench.app, count)
        floors = bench.cost(_shifted(stories.floor_sign_up(HOT), number * count), count, base.port)
        ours = bench.cost(stories.sign_up(hot, people), count, site.port)
        pairs.append((ours, floors))
    bench.compare("full sign-up of a signed-in person", pairs[1:], Goals(0.5, statements=12, cpu=2.0), sent)
    rate = transactions_per_second(bench.machine, HOT, bench.size.seconds_of_pgbench)
    bench.report.add(Line("  floor (b): its statements alone, pgbench", f"{rate:.0f} /s"))


def _statements_of_submit(bench: Bench, hot: town.Hot) -> int:
    """Return how many statements the submit of a sign-up sends."""
    (somebody,) = town.sign_in_people(bench.app, 1)
    client = bench.app.test_client()
    for name, value in somebody.cookies.items():
        client.set_cookie(name, value, domain="127.0.0.1")
    path = f"/attivita/{hot.slug}/iscrizione"
    page = elsewhere(lambda: client.get(path, base_url=HERE))
    data = stories.fields_of(page.data, hot, somebody)
    return count_statements(lambda: _expect(302, client.post(path, data=data, base_url=HERE)))


def _expect(status: int, answer) -> None:
    if answer.status_code != status:
        raise AssertionError(f"{answer.status_code} in place of {status}")


def _shifted(story, by: int):
    return lambda number, visitor: story(number + by, visitor)


def _rush(bench: Bench, base: Web, site: Web) -> None:
    """Everybody submits at the same moment; the form was read before. Floor and site take turns."""
    people, places = bench.size.rush_people, bench.size.rush_places
    floors, ours, failed, counted = [], [], 0, []
    for _ in range(bench.rounds):
        floors.append(_rush_at_floor(bench, base))
        hot = town.open_workshop(places)
        seconds, statuses = _rush_at_site(bench, site, hot)
        ours.append(seconds)
        failed += sum(1 for status in statuses if status != 302)
        counted.append(_states(bench.machine, hot))
    name = f"the rush, {people} for {places}"
    ratio = statistics.median(mine / floor for mine, floor in zip(ours, floors, strict=True))
    bench.report.add(Line(f"  floor: {name}", f"{statistics.median(floors):.2f} s"))
    seconds = f"{statistics.median(ours):.2f} s"
    bench.report.add(Line(name, seconds, ratio, "<= 4.0", ratio <= 4.0, errors=failed))
    right = all(states == {"confirmed": places, "waiting": people - places} for states in counted)
    bench.report.add(Line("the rush: confirmed and waiting", str(counted[0]), goal="exact", is_good=right))


def _rush_at_floor(bench: Bench, base: Web) -> float:
    """Let everybody ask the floor for one of the places; return the seconds until the last answer."""
    with psycopg.connect(bench.machine.postgres.url("floor"), autocommit=True) as connection:
        connection.execute("DELETE FROM signup WHERE activity_id = 2")
        connection.execute("UPDATE activity SET taken = 0, capacity = %s WHERE id = 2", (bench.size.rush_places,))
    seconds, _ = _all_at_once(
        bench.size.rush_people, lambda number: (Visitor(base.port), "/signup", {"activity": "2", "person": str(number)})
    )
    return seconds


def _rush_at_site(bench: Bench, site: Web, hot: town.Hot) -> tuple[float, list[int]]:
    """Let everybody sign up for `hot` or its queue; return the seconds until the last answer, and the answers."""
    crowd = town.sign_in_people(bench.app, bench.size.rush_people)

    def prepare(number: int):
        visitor = Visitor(site.port, crowd[number].cookies)
        data = stories.form_for(hot, crowd[number], visitor, joins_queue="y")
        visitor.close()
        return visitor, f"/attivita/{hot.slug}/iscrizione", data

    return _all_at_once(bench.size.rush_people, prepare)


def _states(machine: Machine, hot: town.Hot) -> dict[str, int]:
    """Return how many signups of `hot` stand in which state."""
    with psycopg.connect(machine.postgres.url("site")) as connection:
        counted = "SELECT s.state, count(*) FROM signup s JOIN activity a ON a.id = s.activity_id WHERE a.slug = %s GROUP BY 1"
        return dict(connection.execute(f"{counted} ORDER BY 1", (hot.slug,)).fetchall())


def _all_at_once(count: int, prepare) -> tuple[float, list[int]]:
    """Prepare every visitor, let all send at one moment, and return the seconds until the last answer."""
    prepared = [prepare(number) for number in range(count)]
    statuses = [0] * count
    barrier = threading.Barrier(count + 1)

    def send(number: int) -> None:
        visitor, path, data = prepared[number]
        barrier.wait()
        statuses[number] = visitor.post(path, data).status
        visitor.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin, statuses
