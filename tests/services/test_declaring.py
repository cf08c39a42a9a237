"""What an organisation declares of a certificate: by whom, of whom, and what stays written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.accounts.services import roles
from civic.audit.models import AuditEntry
from civic.kernel.actor import SYSTEM, OrganisationRole, Role
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.notifications.models import Notification
from civic.outbox import draining
from civic.outbox.models import OutboxEvent
from civic.reporting.personal_data import collect_personal_data
from civic.safeguarding import queries, services
from civic.safeguarding.models import SafeguardingDeclaration
from civic.safeguarding.services import Seen
from civic.safeguarding.types import Outcome
from tests import factories as make

ISSUED, TODAY = date(2026, 11, 2), make.NOW.date()
CLEAR = Seen(ISSUED, TODAY, Outcome.CLEAR)
NOT_CLEAR = Seen(ISSUED, TODAY, Outcome.NOT_CLEAR)


@pytest.fixture
def house(tx):
    """An organisation, its coordinator and a facilitator of it."""
    row, coordinator = make.organisation()
    anna = make.account(name="Anna")
    make.member(row.id, anna.id)
    return row, coordinator, anna


def test_what_is_declared_counts_for_six_months_from_the_day_of_issue(house):
    row, coordinator, anna = house
    services.declare(coordinator, row.id, anna.public_id, CLEAR)
    adult = queries.list_adults(coordinator, row.id)[anna.public_id]
    assert (adult.name, adult.outcome, adult.valid_until) == (anna.full_name, Outcome.CLEAR, date(2027, 5, 2))


def test_a_new_declaration_counts_instead_and_the_former_one_stays_with_who_made_it(tx, house):
    row, coordinator, anna = house
    services.declare(coordinator, row.id, anna.public_id, CLEAR)
    services.declare(coordinator, row.id, anna.public_id, NOT_CLEAR)
    assert queries.list_adults(coordinator, row.id)[anna.public_id].outcome is Outcome.NOT_CLEAR
    name, rows = queries.list_declarations(coordinator, row.id, anna.public_id)
    by = tx.get(Person, coordinator.person_id).full_name
    assert name == anna.full_name
    assert [(one.outcome, one.declared_by, one.declared_at) for one in rows] == [
        (Outcome.NOT_CLEAR, by, make.NOW),
        (Outcome.CLEAR, by, make.NOW),
    ]
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), tx.begin_nested():
        tx.execute(sa.update(SafeguardingDeclaration).values(outcome="clear"))


def test_the_safeguarding_officer_hears_of_a_no_and_of_a_yes_after_a_no_and_of_nothing_else(tx, house):
    row, coordinator, anna = house
    officer = make.account()
    roles.grant_role(SYSTEM, officer.id, Role.SAFEGUARDING_OFFICER)
    for seen in (CLEAR, NOT_CLEAR, CLEAR, CLEAR):
        services.declare(coordinator, row.id, anna.public_id, seen)
    for event in tx.scalars(sa.select(OutboxEvent).where(OutboxEvent.name == "OutcomeTurned")).all():
        draining._react(event)
    told = tx.execute(sa.select(Notification.recipient_id, Notification.subject_id).order_by(Notification.subject_id)).all()
    declared = tx.scalars(sa.select(SafeguardingDeclaration.id).order_by(SafeguardingDeclaration.id)).all()
    assert told == [(officer.id, declared[1]), (officer.id, declared[2])]
    watching = make.actor_of(officer, roles=frozenset({Role.SAFEGUARDING_OFFICER}), has_second_factor=True)
    turned = queries.list_turned(watching)
    assert [one.outcome for one in turned] == [Outcome.CLEAR, Outcome.NOT_CLEAR]
    assert {(one.organisation, one.name) for one in turned} == {(row.name, anna.full_name)}
    with pytest.raises(NotAllowed):
        queries.list_turned(coordinator)


def test_the_audit_says_that_it_was_declared_and_not_what_was_found(tx, house):
    row, coordinator, anna = house
    services.declare(coordinator, row.id, anna.public_id, NOT_CLEAR)
    entry = tx.scalar(sa.select(AuditEntry).where(AuditEntry.action == "declare_safeguarding"))
    assert (entry.actor_id, entry.details) == (coordinator.person_id, {"organisation": row.id})


def test_nobody_declares_for_themselves_where_somebody_else_could(tx, house):
    row, coordinator, _ = house
    own = tx.get(Person, coordinator.person_id).public_id
    services.declare(coordinator, row.id, own, CLEAR)
    other = make.member(row.id, make.account().id, OrganisationRole.OWNER)
    with pytest.raises(RuleBroken, match="somebody else to see"):
        services.declare(coordinator, row.id, own, CLEAR)
    other.ended_at = make.NOW - timedelta(hours=1)
    tx.flush()
    services.declare(coordinator, row.id, own, CLEAR)


def test_only_owners_and_coordinators_of_the_organisation_declare_and_see(house):
    row, _coordinator, anna = house
    _, stranger = make.organisation()
    facilitator = make.actor_of(anna, organisations={row.id: OrganisationRole.FACILITATOR}, has_second_factor=True)
    officer = make.actor_of(make.account(), roles=frozenset({Role.OFFICER}), has_second_factor=True)
    for actor, refusal in ((facilitator, NotAllowed), (stranger, NotFound), (officer, NotFound)):
        with pytest.raises(refusal):
            services.declare(actor, row.id, anna.public_id, CLEAR)
        with pytest.raises(NotAllowed):
            queries.list_adults(actor, row.id)
        with pytest.raises(NotAllowed):
            queries.list_declarations(actor, row.id, anna.public_id)
    without_code = make.actor_of(make.account(), organisations={row.id: OrganisationRole.OWNER})
    with pytest.raises(NotAllowed):
        services.declare(without_code, row.id, anna.public_id, CLEAR)


def test_only_of_members_something_is_declared(house):
    row, coordinator, _ = house
    for somebody in (make.account(), make.person(make.THIRTEEN)):
        with pytest.raises(NotFound):
            services.declare(coordinator, row.id, somebody.public_id, CLEAR)
        with pytest.raises(NotFound):
            queries.list_declarations(coordinator, row.id, somebody.public_id)


def test_what_one_organisation_declares_is_not_said_by_another(tx, house):
    row, coordinator, anna = house
    services.declare(coordinator, row.id, anna.public_id, CLEAR)
    other, colleague = make.organisation()
    make.member(other.id, anna.id)
    assert queries.list_adults(colleague, other.id)[anna.public_id].outcome is None
    assert queries.list_declarations(colleague, other.id, anna.public_id)[1] == ()


def test_what_was_declared_of_oneself_is_in_what_one_downloads_and_nobody_elses(tx, house):
    row, coordinator, anna = house
    services.declare(coordinator, row.id, anna.public_id, NOT_CLEAR)
    mine = collect_personal_data(make.actor_of(anna))["me"]["certificates_declared"]
    assert [(one["outcome"], one["organisation"], one["valid_until"]) for one in mine] == [("not_clear", row.name, "2027-05-02")]
    assert collect_personal_data(coordinator)["me"]["certificates_declared"] == []
