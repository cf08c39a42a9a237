"""The page of who runs the platform: a stuck channel is seen, found and mended; nobody else enters; Prometheus reads the same."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from civic.accounts.services.roles import grant_role
from civic.app import create_app
from civic.kernel.actor import SYSTEM, Role
from civic.kernel.db import session, transaction, writing
from civic.notifications import breaker, heartbeats
from civic.notifications.answers import Answer
from civic.notifications.models import Delivery
from civic.notifications.types import DeliveryState
from civic.outbox import draining
from tests import factories as make
from tests.factories import NOW

PAGE = "/amministrazione/invii"
TOKEN = "a-token-of-more-than-twenty"


@pytest.fixture
def operator(client, connection):
    with transaction():
        person = make.account()
        grant_role(SYSTEM, person.id, Role.PLATFORM_ADMINISTRATOR)
    client.sign_in(person, with_second_factor=True)
    return client


def waiting(state: DeliveryState, error: str, code: int | None = None, count: int = 2) -> None:
    """People whose mail is in this state."""
    with transaction():
        _, opening, _ = make.published(capacity=count)
        for _ in range(count):
            make.signed_up(opening)
    draining.drain()
    with transaction():
        writing().execute(sa.update(Delivery).where(Delivery.state == "queued").values(state=DeliveryState.SENDING))
        values = {"state": state, "last_error": error, "last_code": code, "final_at": NOW, "attempts": 3}
        writing().execute(sa.update(Delivery).where(Delivery.state == "sending").values(**values))


def states() -> list[str]:
    return list(session().scalars(sa.text("SELECT state FROM delivery ORDER BY id")))


def press(visitor, label: str) -> str:
    """Press the first button of the page that says `label`."""
    act = re.search(rf'name="act" value="([^"]*)">{label}', visitor.get(PAGE).text)[1]
    return visitor.submit(PAGE, {"act": act.replace("&#34;", '"')}, follow_redirects=True).text


def test_a_quiet_site_says_so(operator):
    for name in ("sweep", "clock", "worker uno"):
        heartbeats.beat(name)
    text = operator.get(PAGE).text
    assert "Tutto parte in tempo" in text and "Niente è fermo" in text and "Funziona" in text
    assert "critical" in text


def test_a_site_whose_worker_is_dead_rings(operator):
    text = operator.get(PAGE).text
    assert "Qualcuno deve guardare" in text and "Nessun worker" in text


def test_what_failed_is_sent_again_as_long_as_it_is_worth_it(operator):
    waiting(DeliveryState.FAILED, "554 fail", 554)
    assert "554 fail" in operator.get(PAGE).text
    assert "2 mail ripartono" in press(operator, "Invia di nuovo")
    assert states() == ["queued", "queued"]
    assert session().scalar(sa.text("SELECT max(attempts) FROM delivery")) == 0
    waiting(DeliveryState.FAILED, "554 fail", 554)
    with transaction():
        writing().execute(sa.text("UPDATE notification SET expires_at = :now"), {"now": NOW})
    assert "Invia di nuovo" not in operator.get(PAGE).text
    operator.submit(PAGE, {"act": "ritenta:failed|signup_confirmed|554|554 fail"})
    assert states()[2:] == ["failed", "failed"]


def test_what_is_in_doubt_is_decided_by_a_person(operator):
    waiting(DeliveryState.HELD, "lease lost")
    assert "Da decidere" in operator.get(PAGE).text
    assert "non verranno inviate" in press(operator, "Non inviare")
    assert states() == ["cancelled", "cancelled"]
    waiting(DeliveryState.HELD, "lease lost", count=1)
    assert "1 mail riparte" in press(operator, "Invia di nuovo")


def test_sending_is_stopped_and_goes_on(operator):
    assert 'name="act" value="ferma:"' in operator.get(PAGE).text
    assert "Da ora non parte più niente" in operator.submit(PAGE, {"act": "ferma:"}, follow_redirects=True).text
    assert breaker.paused_domains() == {breaker.ALL}
    assert "ferma" not in re.findall(r'name="act" value="([a-z]*):', operator.get(PAGE).text)
    operator.submit(PAGE, {"act": "ferma:"})
    assert "si riprende a inviare" in press(operator, "Riprendi ora").lower()
    assert breaker.paused_domains() == set()
    audited = session().scalars(sa.text("SELECT action FROM audit_entry WHERE action LIKE '%sending'")).all()
    assert audited.count("resume_sending") == 1 and "stop_sending" in audited


def test_a_domain_that_refuses_us_is_found_and_mended(operator):
    for _ in range(5):
        breaker.note_trouble(1, "a@grande.example", Answer(550, "5.7.26 unauthenticated"), DeliveryState.FAILED)
    text = operator.get(PAGE).text
    assert "grande.example" in text and "SPF, DKIM e DMARC" in text
    press(operator, "Riprendi ora")
    assert breaker.paused_domains() == set()


@pytest.mark.parametrize(
    "act",
    [
        *("", ":", "x:y", "ritenta:", "ritenta:failed|x", "ritenta:sent|signup_confirmed||"),
        *("ritenta:failed|a|99999999999|b", "ritenta:failed|a|²|b", "ritenta:\x00|||", "ritenta:failed|\x00||\x00"),
        *("lascia:failed|signup_confirmed|554|554 fail", "riprendi:nessuno.example", "riprendi:\x00"),
    ],
)
def test_nonsense_changes_nothing(operator, act):
    waiting(DeliveryState.FAILED, "554 fail", 554)
    assert operator.submit(PAGE, {"act": act}).status_code in (302, 400)
    assert states() == ["failed", "failed"]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SAFEGUARDING_OFFICER])
def test_other_staff_neither_sees_nor_does_it(client, connection, role):
    with transaction():
        person = make.account()
        grant_role(SYSTEM, person.id, role)
    client.sign_in(person, with_second_factor=True)
    assert client.get(PAGE).status_code == 403
    assert client.submit(PAGE, {"act": "ferma:"}).status_code == 403
    assert PAGE not in client.get("/amministrazione/").text
    assert breaker.paused_domains() == set()


def test_prometheus_reads_the_figures_with_the_token_alone(services, connection):
    app = create_app(services.config(METRICS_TOKEN=TOKEN))
    visitor = app.test_client()
    assert visitor.get("/metrics").status_code == 404
    assert visitor.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 404
    answer = visitor.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.content_type.startswith("text/plain")
    assert 'civic_alarm{alarm="no_worker"} 1.0' in answer.text
    assert "civic_oldest_due_seconds 0.0" in answer.text and 'civic_queue_length{queue="critical"}' in answer.text


def test_a_site_without_a_token_has_no_such_page(client, connection):
    assert client.get("/metrics").status_code == 404
