"""Writing to the people at the desk: counted, seen once more, sent once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account
from civic.accounts.services import roles
from civic.activities.models import Authorisation
from civic.activities.queries.linked import manage_token
from civic.announcements.models import Announcement, Reply
from civic.announcements.services.announcing import announce
from civic.announcements.services.replying import reply
from civic.announcements.types import Audience
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, OrganisationRole, Role
from civic.kernel.db import session, transaction
from civic.organisations.models import Membership
from tests import factories as make
from tests.web.test_desk import desk, facilitator_of  # noqa: F401


def test_a_message_is_seen_once_more_and_goes_once(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), capacity=1)
        make.signed_up(opening)
        make.signed_up(opening, joins_queue=True)
    page = f"{base}/attivita/{activity.public_id}/messaggi"
    assert "Scrivi alle persone" in client.get(f"{base}/attivita/{activity.public_id}").text
    text = client.get(page).text
    assert "Tutti: 2" in text and "Chi ha il posto: 1" in text and "Scritti finora" not in text
    refused = client.submit(page, {"audience": "everybody", "text": " "})
    assert refused.status_code == 422 and "Scrivi il messaggio" in refused.text
    sent = {"audience": "everybody", "text": "Portate le <b>scarpe</b>.\r\n\r\nA giovedì"}
    seen = client.submit(page, sent)
    assert seen.status_code == 200 and "Va a 2 persone" in seen.text and "&lt;b&gt;scarpe" in seen.text
    assert session().scalar(sa.select(sa.func.count()).select_from(Announcement)) == 0
    again = client.submit(page, {**sent, "back": "1"})
    assert again.status_code == 200 and "Portate le" in again.text and "Rileggi" in again.text
    key = client.hidden(page, "submit_key")
    for _ in range(2):
        done = client.submit(page, {**sent, "confirmed": "1", "submit_key": key}, follow_redirects=True)
        assert "Scritti finora" in done.text and coordinator.name in done.text
    assert session().scalar(sa.select(sa.func.count()).select_from(Announcement)) == 1
    visitor = new_visitor()
    visitor.sign_in(facilitator_of(row), with_second_factor=True)
    assert visitor.get(page).status_code == 403


@pytest.fixture
def answered(desk):  # noqa: F811
    """A workshop that two adults write for, with a young person who was written to; return (desk, activity, their signup)."""
    row, coordinator, _base = desk
    with transaction():
        make.member(row.id, make.account().id, OrganisationRole.OWNER)
        activity, opening, _ = make.published(by=(row, coordinator), capacity=9)
        guardian = make.account(name="Zqmaria")
        person, actor, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=guardian.id, name="Zqamina")
        make.signed_up(opening)
        announce(coordinator, activity.public_id, Audience.EVERYBODY, "Portate le <b>scarpe</b>.")
    return desk, activity, SimpleNamespace(public_id=signup, person=person, actor=actor)


def test_who_comes_answers_once_and_the_organisation_sees_to_it(client, answered, new_visitor):
    (_row, coordinator, base), activity, signup = answered
    young = new_visitor()
    young.sign_in(signup.person)
    page = f"/iscrizioni/{signup.public_id}/messaggi"
    assert f'href="{page}"' in young.get(f"/iscrizioni/{signup.public_id}").text
    assert "&lt;b&gt;scarpe" in young.get(page).text
    empty = young.submit(page, {"text": " "})
    assert empty.status_code == 422 and "Scrivi la risposta." in empty.text
    long = young.submit(page, {"text": "x" * 1001})
    assert long.status_code == 422 and "Al massimo 1000 caratteri" in long.text and "x" * 1001 in long.text
    sent = {name: young.hidden(page, name) for name in ("submit_key", "announcement")}
    assert "Inviata" in young.submit(page, {"text": "Quali <i>scarpe</i>?", **sent}, follow_redirects=True).text
    for _ in range(2):
        done = young.submit(page, {"text": "Quali <i>scarpe</i>?", **sent}, follow_redirects=True)
        assert "Quali &lt;i&gt;scarpe" in done.text
    assert session().scalar(sa.select(sa.func.count()).select_from(Reply)) == 1
    today = client.get(base).text
    assert "Risposte da leggere" in today and "1 risposta a quello che avete scritto" in today
    theirs = f"{base}/attivita/{activity.public_id}/messaggi"
    text = client.get(theirs).text
    assert "Quali &lt;i&gt;scarpe" in text and signup.person.family_name not in text and "Zqamina" in text
    reply_id = session().scalar(sa.select(Reply.id))
    shown = client.submit(f"{theirs}/risposte/{reply_id}", {"handled": "1"}, follow_redirects=True).text
    assert f"Gestita da {coordinator.name}" in shown and "Risposte da leggere" not in client.get(base).text
    assert "chi organizza l&#39;ha gestita" in young.get(page).text
    again = client.submit(f"{theirs}/risposte/{reply_id}", {"handled": "0"}, follow_redirects=True).text
    assert "1 risposta da leggere" in again
    for odd in ("x", "9" * 30, "0"):
        assert client.submit(f"{theirs}/risposte/{odd}", {"handled": "1"}).status_code == 404
    for odd in ("x", "9" * 30, "0", ""):
        assert young.submit(page, {"text": "Ciao", "announcement": odd}).status_code == 404


def test_who_has_no_account_answers_through_the_link_of_the_mail(client, answered, new_visitor):
    _desk, _activity, signup = answered
    page = f"/i/{manage_token(signup.public_id, signup.person.id)}/messaggi"
    visitor = new_visitor()
    assert "scarpe" in visitor.get(page).text
    sent = {"text": "Vengo", "announcement": visitor.hidden(page, "announcement")}
    assert "Inviata" in visitor.submit(page, sent, follow_redirects=True).text
    assert visitor.get(page[:-11] + "x/messaggi").status_code == 404


def test_who_was_only_asked_reads_nothing_until_the_yes(answered, new_visitor):
    _desk, _activity, signup = answered
    guardian = session().scalar(sa.select(Authorisation.guardian_id))
    page = f"/i/{manage_token(signup.public_id, guardian)}/messaggi"
    with transaction():
        session().execute(sa.delete(Account).where(Account.person_id == guardian))
    text = new_visitor().get(page).text
    assert "scarpe" not in text and "ha detto sì" in text and "<textarea" not in text
    with transaction():
        session().execute(sa.update(Authorisation).values(answer="granted", answered_at=clock.now()))
    assert "scarpe" in new_visitor().get(page).text


def test_an_answer_written_before_is_shown_to_no_adult_alone(client, answered):
    (row, coordinator, base), activity, signup = answered
    with transaction():
        reply(signup.actor, signup.public_id, session().scalar(sa.select(Announcement.id)), "Quali scarpe mai?")
    page = f"{base}/attivita/{activity.public_id}/messaggi"
    assert "Quali scarpe mai?" in client.get(page).text
    with transaction():
        others = sa.update(Membership).where(Membership.organisation_id == row.id, Membership.person_id != coordinator.person_id)
        session().execute(others.values(ended_at=clock.now()))
    assert "Quali scarpe mai?" not in client.get(page).text


def test_where_one_adult_would_read_alone_one_reads_and_is_told_whom_to_call(client, answered, new_visitor):
    (row, coordinator, base), activity, signup = answered
    with transaction():
        others = sa.update(Membership).where(Membership.organisation_id == row.id, Membership.person_id != coordinator.person_id)
        session().execute(others.values(ended_at=clock.now()))
    young = new_visitor()
    young.sign_in(signup.person)
    text = young.get(f"/iscrizioni/{signup.public_id}/messaggi").text
    assert "scarpe" in text and "Per questa attività non si risponde sul sito" in text and "<textarea" not in text
    assert "servono almeno due persone" in client.get(f"{base}/attivita/{activity.public_id}/messaggi").text


def test_the_safeguarding_officer_reads_what_was_written_anywhere_and_it_is_recorded(client, answered, new_visitor):
    (row, _coordinator, _base), activity, signup = answered
    with transaction():
        reply(signup.actor, signup.public_id, session().scalar(sa.select(Announcement.id)), "Quali scarpe?")
        officer = make.account()
        roles.grant_role(SYSTEM, officer.id, Role.SAFEGUARDING_OFFICER)
    visitor = new_visitor()
    visitor.sign_in(officer, with_second_factor=True)
    text = visitor.get("/amministrazione/tutela/messaggi").text
    assert row.name in text and "Quali scarpe?" in text and "gestita</button>" not in text
    assert signup.person.family_name not in text
    seen = (AuditEntry.action == "see_participants", AuditEntry.actor_id == officer.id)
    lines = session().scalars(sa.select(AuditEntry).where(*seen))
    assert [(one.subject_id, one.details["what"], one.details["people"]) for one in lines] == [(activity.id, "replies", 1)]
    assert "Niente con queste parole" in visitor.get("/amministrazione/tutela/messaggi?q=zzzz").text


def test_before_anything_is_written_the_page_says_so(client, connection):
    with transaction():
        _, opening, _ = make.published()
        person, _actor, signup = make.signed_up(opening)
    client.sign_in(person)
    assert "Ancora nessun messaggio" in client.get(f"/iscrizioni/{signup}/messaggi").text
