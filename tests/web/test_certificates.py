"""A certificate outside the desk: whoever checks it reads no name, and whose it is takes the same file each time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Guardianship
from civic.activities.queries.linked import manage_token
from civic.activities.services.authorising import Given
from civic.audit.models import AuditEntry
from civic.certificates.models import Certificate
from civic.certificates.services.asking import ask_for_documents
from civic.certificates.services.preparing import prepare_some
from civic.certificates.services.replacing import reissue, revoke
from civic.kernel import clock
from civic.kernel.db import session, transaction
from tests import factories as make
from tests.registers import ABSENT, PRESENT, Course

SITE = "https://insieme.example"


class Family:
    """A girl of 13 without an account, her mother, and the certificate of a course that is over."""

    def __init__(self) -> None:
        self.course = Course(ago=timedelta(weeks=4), title="Corso di radio")
        self.girl = make.person(make.THIRTEEN, name="Zqgirl", email=None)
        self.mother = make.guardian_of(self.girl)
        with clock.frozen(self.course.published_at):
            given = Given(self.mother.person_id, "Autorizzo.")
            entry = make.Entry(self.course.opening.public_id, self.girl.id, make.new_public_id(), authorisation=given)
            self.signup = make.sign_up(self.mother, entry)
        self.course.mark(self.signup, PRESENT, PRESENT, (PRESENT, 20))
        self.course.close()
        self.public_id = self.course.activity.public_id
        self.file = f"/iscrizioni/{self.signup}/attestato"

    def prepare(self) -> None:
        ask_for_documents(self.course.coordinator, self.public_id)
        prepare_some(SITE)

    def person(self, actor):
        return session().get(make.Person, actor.person_id)


@pytest.fixture
def family(connection) -> Family:
    with transaction():
        found = Family()
        found.prepare()
    return found


def codes() -> list[str]:
    return list(session().scalars(sa.select(Certificate.code).order_by(Certificate.id)))


def taken() -> int:
    return session().scalar(sa.select(sa.func.count()).where(AuditEntry.action == "take_certificate"))


def test_whoever_checks_reads_figures_and_initials_and_no_name(client, family):
    (code,) = codes()
    answer = client.get(f"/attestati/{code}")
    for said in ("Valido", "Corso di radio", "5 ore e 30 minuti", "6 ore", "Z. C.", "1/2026", "Attestato di partecipazione"):
        assert said in answer.text, said
    assert "Zqgirl" not in answer.text and "2013" not in answer.text and family.girl.family_name not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex" and "Disallow: /attestati/" in client.get("/robots.txt").text


def test_a_code_is_found_as_people_type_it_and_an_unknown_one_is_said_to_be_unknown(client, family):
    (code,) = codes()
    typed = code.upper().replace("0", "O").replace("1", "L")
    assert "Valido" in client.get(f"/attestati/{typed[:8]}-{typed[8:]}").text
    for wrong in ("0000000000000000", "x", "a" * 500, "%27", "../x"):
        assert client.get(f"/attestati/{wrong}").status_code == 404
    assert "Codice sconosciuto" in client.get("/attestati/0000000000000000").text


def test_a_document_that_was_not_made_yet_is_known_to_nobody(client, connection):
    with transaction():
        family = Family()
    (code,) = codes()
    assert client.get(f"/attestati/{code}").status_code == 404
    client.sign_in(family.person(family.mother))
    assert client.get(family.file).status_code == 404
    text = client.get(f"/iscrizioni/{family.signup}").text
    assert "5 ore e 30 minuti su 6 ore" in text and "in preparazione" in text


def test_a_revoked_document_says_so_and_leads_to_the_one_that_takes_its_place(client, family):
    coordinator = family.course.coordinator
    with transaction():
        family.course.mark(family.signup, ABSENT, reason="Non c'era")
        reissue(coordinator, family.public_id, family.signup, "Presenze corrette")
    old, new = codes()
    text = client.get(f"/attestati/{old}").text
    assert "Revocato" in text and new not in text and "Presenze corrette" not in text
    with transaction():
        prepare_some(SITE)
    link = re.search(r'href="(/attestati/[^"]+)"', client.get(f"/attestati/{old}").text)[1]
    assert link == f"/attestati/{new}" and "3 ore e 30 minuti" in client.get(link).text
    with transaction():
        revoke(coordinator, family.public_id, family.signup, "Sbagliato anche questo")
    assert "Revocato" in client.get(link).text


def test_codes_cannot_be_tried_one_after_the_other(client, family):
    answers = [client.get(f"/attestati/{number:016}").status_code for number in range(61)]
    assert answers == [404] * 60 + [429]


def test_who_answers_for_her_downloads_the_same_file_each_time_and_each_time_is_written_down(client, family):
    client.sign_in(family.person(family.mother))
    page = client.get(f"/iscrizioni/{family.signup}").text
    assert "Attestato di partecipazione" in page and f'href="{family.file}"' in page
    assert "Attestato di partecipazione: 5 ore e 30 minuti" in client.get("/area-personale").text
    first, second = client.get(family.file), client.get(family.file)
    assert first.data == second.data and first.data.startswith(b"%PDF") and first.mimetype == "application/pdf"
    assert first.headers["Content-Disposition"] == 'attachment; filename="attestato-1-2026.pdf"'
    assert taken() == 2


def test_who_has_no_account_downloads_it_through_the_link_of_the_mail(client, family):
    token = manage_token(family.signup, family.mother.person_id)
    with transaction():
        session().execute(sa.delete(make.Account).where(make.Account.person_id == family.mother.person_id))
    assert f'href="/i/{token}/attestato"' in client.get(f"/i/{token}").text
    assert client.get(f"/i/{token}/attestato").data.startswith(b"%PDF")
    assert client.get(f"/i/{token[:-1]}/attestato").status_code == 404
    assert client.submit(f"/i/{token}/attestato").status_code == 404


def test_who_no_longer_answers_for_her_gets_nothing(client, family):
    client.sign_in(family.person(family.mother))
    with transaction():
        session().execute(sa.update(Guardianship).values(ended_at=clock.now()))
        session().execute(sa.text("UPDATE authorisation SET withdrawn_at = :now"), {"now": clock.now()})
    assert client.get(family.file).status_code == 404
    assert taken() == 0


def test_what_was_revoked_is_not_handed_out_any_more(client, family):
    client.sign_in(family.person(family.mother))
    with transaction():
        revoke(family.course.coordinator, family.public_id, family.signup, "Sbagliato")
    assert client.get(family.file).status_code == 404
    assert "Attestato di partecipazione" not in client.get(f"/iscrizioni/{family.signup}").text
