"""The register at the desk: what is missing, closing it, the documents that come of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.audit.models import AuditEntry
from civic.certificates.models import Certificate
from civic.jobs import sweep
from civic.kernel.db import session, transaction, writing
from tests.registers import ABSENT, PRESENT, Course
from tests.web.test_desk import desk  # noqa: F401


@pytest.fixture
def course(desk):  # noqa: F811
    """A course of three meetings, over for a week, that the desk runs; with the address of its register."""
    row, coordinator, base = desk
    with transaction():
        course = Course(by=(row, coordinator), title="Corso di radio", ago=timedelta(weeks=4))
    course.page = f"{base}/attivita/{course.activity.public_id}/registro"
    return course


def test_an_open_register_says_what_is_missing_and_where_it_is_marked(client, course):
    with transaction():
        course.somebody(PRESENT, None, PRESENT, name="Zoe")
    text = client.get(course.page).text
    refused = client.submit(f"{course.page}/chiudi", follow_redirects=True).text
    assert "Mancano delle presenze" in text and "1 persona da segnare" in text and "Zoe" in text
    assert f"incontri/{course.meetings[1].public_id}/presenze" in text
    assert "Chiudi il registro" not in text and "va segnato ogni incontro" in refused


def test_before_the_last_meeting_the_register_says_how_many_are_to_come(client, desk):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        course = Course(by=(row, coordinator), ago=timedelta(days=2))
    assert "Ci sono ancora 2 incontri" in client.get(f"{base}/attivita/{course.activity.public_id}/registro").text


def test_the_share_is_set_and_decides_what_each_receives(client, course):
    with transaction():
        course.somebody(PRESENT, PRESENT, ABSENT, name="Zoe")
    assert "Dichiarazione delle ore" in client.get(course.page).text
    for wrong in ("", "0", "101", "x", "7.5"):
        assert client.submit(course.page, {"threshold": wrong}).status_code == 422
    text = client.submit(course.page, {"threshold": "60"}, follow_redirects=True).text
    assert 'value="60"' in text and "Attestato di partecipazione" in text and "4 ore su 6 ore" in text and "(66%)" in text


def test_closing_fixes_the_totals_and_gives_numbers(client, course):
    with transaction():
        _, _, signup = course.somebody(PRESENT, PRESENT, PRESENT, name="Zoe")
        course.somebody(ABSENT, ABSENT, ABSENT, name="Ugo")
    text = client.submit(f"{course.page}/chiudi", follow_redirects=True).text
    assert "i totali sono definitivi" in text and "n. 1/2026" in text and "Nessun documento" in text
    with transaction():
        course.mark(signup, ABSENT, reason="Era un'altra persona")
    text = client.get(course.page).text
    assert "Presenze corrette dopo" in text and "Con le presenze di oggi: 4 ore su 6 ore" in text


def test_a_document_is_revoked_and_issued_anew_with_a_reason(client, course):
    with transaction():
        _, _, signup = course.somebody(PRESENT, PRESENT, PRESENT, name="Zoe")
        course.close()
    page = f"{course.page}/{signup}"
    assert client.submit(page, {"action": "reissue", "reason": ""}).status_code == 422
    text = client.submit(page, {"action": "reissue", "reason": "Nome sbagliato"}, follow_redirects=True).text
    assert "n. 2/2026" in text and "n. 1/2026" not in text
    assert "Revocato" in client.submit(page, {"action": "revoke", "reason": "Non era lei"}, follow_redirects=True).text
    assert client.get(f"{course.page}/nessuno").status_code == 404


def test_the_register_of_another_organisation_is_not_there(client, course):
    with transaction():
        other = Course(meetings=1)
    path = course.page.replace(course.activity.public_id, other.activity.public_id)
    assert client.get(path).status_code == 404
    assert client.submit(f"{path}/chiudi").status_code == 404


def test_the_documents_are_prepared_by_a_worker_and_the_page_says_how_far_it_is(client, course):
    with transaction():
        course.class_of(2)
        course.close()
    assert "Prepara gli attestati" in client.get(course.page).text
    text = client.submit(f"{course.page}/prepara", follow_redirects=True).text
    assert "In preparazione" in text and "0 su 2" in text and "Aggiorna" in text
    sweep.empty_outbox()
    text = client.get(course.page).text
    assert "2 su 2" in text and "Pronto" in text and "Prepara gli attestati" not in text


def test_a_document_that_could_not_be_made_is_said_and_can_be_tried_again(client, course):
    with transaction():
        course.somebody(PRESENT, PRESENT, PRESENT, name="王小明")
        course.close()
    client.submit(f"{course.page}/prepara")
    sweep.empty_outbox()
    text = client.get(course.page).text
    assert "1 documento non è riuscito" in text and "Non è riuscito" in text and "Prepara gli attestati" in text


def test_the_hours_are_a_spreadsheet_for_the_school_that_runs_nothing_and_is_written_down(client, course):
    path = f"{course.page}/ore.csv"
    with transaction():
        course.somebody(PRESENT, PRESENT, (PRESENT, 20), name="=1+1")
        course.somebody(ABSENT, ABSENT, ABSENT, name="Ugo")
    assert client.get(path).status_code == 404
    with transaction():
        course.close()
    answer = client.get(path)
    first, *rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert first == ["Nome", "Cognome", "Ore frequentate", "Ore previste", "Documento", "Numero", "Codice"]
    (one, other) = sorted(rows)
    code = session().scalar(sa.select(Certificate.code))
    assert (one[0], one[2:]) == ("'=1+1", ["5,5", "6", "Attestato di partecipazione", "1/2026", code])
    assert (other[0], other[2:]) == ("Ugo", ["0", "6", "", "", ""])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="corso-di-radio-ore.csv"'
    seen = session().scalars(sa.select(AuditEntry.details).where(AuditEntry.action == "see_participants"))
    assert {"what": "hours", "people": 2} in list(seen)


def test_the_school_does_not_read_who_came_in_confidence(client, course):
    with transaction():
        apart, _, _ = course.somebody(PRESENT, PRESENT, PRESENT, name="Ada")
        writing().execute(sa.update(Person).where(Person.id == apart.id).values(is_confided=True))
        course.somebody(PRESENT, PRESENT, PRESENT, name="Ugo")
        course.close()
    text = client.get(f"{course.page}/ore.csv").data.decode("utf-8-sig")
    assert "Ugo" in text and "Ada" not in text
