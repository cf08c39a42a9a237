"""What opening a page does, for every address there is: it writes nothing, and asks as much for many rows as for few."""

from __future__ import annotations

import re
from datetime import date

import pytest

from civic.activities.models import Opening
from civic.initiatives.services import InitiativeFields, create_initiative
from civic.kernel.actor import SYSTEM, Actor, OrganisationRole, Role
from civic.kernel.db import transaction, writing
from civic.kernel.ids import new_public_id
from civic.organisations.services import members
from civic.organisations.services.verifying import add_member
from civic.organisations.types import OrganisationState
from civic.outbox import draining
from tests import factories as make
from tests.registers import PRESENT
from tests.web import cast as casting
from tests.web.test_access import rules_of, url_of

WRITES = re.compile(r"\b(INSERT\s+INTO|UPDATE\s+\w+(\s+\w+)?\s+SET|DELETE\s+FROM)\b", re.IGNORECASE)
EIGHTEEN = date(2008, 1, 1)
MAY_BE_WRITTEN = (
    re.compile(r"^INSERT INTO (audit_entry|care_viewing) "),
    re.compile(r"^UPDATE account_session SET last_seen_at=\S+ WHERE account_session\.id = \S+$"),
)
"""That names of minors, or what was entrusted of them, were read, and that a session is in use: the exceptions there are."""


@pytest.fixture
def cast(connection):
    with transaction():
        return casting.assemble()


def pages_of(app) -> list:
    return [rule for rule in rules_of(app) if "GET" in rule.methods]


def test_what_counts_as_writing_is_seen_wherever_it_stands():
    assert WRITES.search("WITH a AS (UPDATE opening o SET taken = 1 RETURNING id) SELECT * FROM a")
    assert WRITES.search("with b as (\n insert\n into signup values (1)) select 1")
    assert not WRITES.search("SELECT updated_at FROM activity WHERE deleted FOR UPDATE")


@pytest.mark.parametrize("role", casting.ROLES)
def test_opening_a_page_writes_nothing(app, cast, new_visitor, role, statements):
    visitor = cast.visit_as(role, new_visitor())
    written = []
    for rule in pages_of(app):
        visitor.move()
        del statements[:]
        visitor.get(url_of(rule, cast.values))
        written += [
            (rule.endpoint, one)
            for one in statements
            if WRITES.search(one) and not any(allowed.match(one) for allowed in MAY_BE_WRITTEN)
        ]
    assert written == []


def grow(cast, count: int) -> None:
    """Let there be `count` more of everything that a page lists."""
    row = cast.organisation
    roles = {row.id: OrganisationRole.OWNER}
    owner = make.actor_of(cast.people["owner"], organisations=roles, has_second_factor=True)
    for number in range(count):
        initiative = create_initiative(
            owner, row.id, InitiativeFields(f"Iniziativa {number}", "x", cast.values["action"], is_public=True)
        )
        _activity, opening, _coordinator = make.published(
            by=(row, owner), capacity=2, title=f"Attività {number}", initiative_id=initiative.id, action_id=initiative.action_id
        )
        _fill(opening)
        _fill(writing().query(Opening).filter_by(public_id=cast.values["opening"]).one())
        casting._draft(owner, row.id)
        make.published(title=f"Altrove {number}")
        make.organisation(OrganisationState.PENDING)
        _people(cast, owner, opening)
        cast.course.somebody(PRESENT, PRESENT, birth_on=EIGHTEEN)


def _fill(opening: Opening) -> None:
    for _ in range(2):
        make.signed_up(opening, make.SIXTEEN, joins_queue=True, guardian_id=make.account().id)


def _people(cast, owner: Actor, opening: Opening) -> None:
    row = cast.organisation
    member, officer, child = make.account(), make.account(), make.person(make.THIRTEEN, email=None)
    add_member(row.id, member.id, OrganisationRole.FACILITATOR)
    members.invite_member(owner, row.id, f"{new_public_id()}@example.org", OrganisationRole.COORDINATOR)
    casting.roles.grant_role(SYSTEM, officer.id, Role.OFFICER)
    casting._answers_for(cast.people["guardian"], child)
    wards = make.actor_of(cast.people["guardian"], wards=frozenset({child.id}))
    casting._enrol(wards, child, opening, joins_queue=True)


@pytest.mark.parametrize("role", ["anonymous", "guardian", "coordinator", "owner", "administrator", "safeguarding"])
def test_every_page_asks_as_much_of_the_database_for_many_rows_as_for_few(app, cast, new_visitor, role, statements, monkeypatch):
    monkeypatch.setitem(app.config, "WITHOUT_PAGE_CACHE", True)
    visitor = cast.visit_as(role, new_visitor())

    def counts() -> dict[str, int]:
        found = {}
        for rule in pages_of(app):
            visitor.move()
            del statements[:]
            visitor.get(url_of(rule, cast.values))
            found[rule.endpoint] = len(statements)
        return found

    for size in (2, 14):
        with transaction():
            grow(cast, size)
        draining.drain(1_000)
        if size == 2:
            few = counts()
    many = counts()
    assert {name: (few[name], many[name]) for name in few if few[name] != many[name]} == {}
    assert max(few.values()) > 3
