"""The desk: who may enter, what awaits, writing and publishing an activity."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.models import Activity, Occurrence, Opening
from civic.activities.reminder_rule import ReminderRule
from civic.activities.services import publishing
from civic.activities.types import ActivityKind, ActivityState, EntryMode
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session, transaction
from civic.organisations.models import Organisation
from civic.organisations.services.verifying import add_member
from civic.organisations.types import OrganisationState
from tests import factories as make
from tests.web.conftest import give_authenticator

WORDS = {
    "title": "Laboratorio di radio",
    "kind": "workshop",
    "entry_mode": "instant",
    "languages": "it",
    "meetings-0-day": "2026-12-09",
    "meetings-0-starts": "17:00",
    "meetings-0-ends": "19:00",
    "meetings-0-times": "3",
    "openings-0-who": "participant",
    "openings-0-capacity": "12",
    "openings-0-scope": "whole",
    "openings-1-who": "volunteer",
    "openings-1-role": "Accompagnatore",
    "openings-1-capacity": "2",
    "openings-1-minimum": "1",
    "openings-1-scope": "meeting",
}


@pytest.fixture
def desk(client, connection):
    """An organisation whose coordinator is signed in with the second factor; return (organisation, actor, base url)."""
    with transaction():
        row, coordinator = make.organisation()
    client.sign_in(person_of(coordinator), with_second_factor=True)
    return row, coordinator, f"/gestione/{row.slug}"


def person_of(actor) -> Person:
    return session().get(Person, actor.person_id)


def facilitator_of(row: Organisation) -> Person:
    with transaction():
        someone = make.account()
        add_member(row.id, someone.id, OrganisationRole.FACILITATOR)
    return someone


def conduct(desk) -> None:
    """Let the coordinator, whose certificate was seen, conduct the only activity there is."""
    with transaction():
        make.conducted(session().scalar(sa.select(Activity)), desk[1].person_id)


def count(table, *where) -> int:
    return session().scalar(sa.select(sa.func.count()).select_from(table).where(*where))


def test_one_organisation_is_entered_at_once_and_of_several_one_is_chosen(client, desk):
    row, coordinator, base = desk
    assert client.get("/gestione/").headers["Location"] == base
    with transaction():
        other, _ = make.organisation()
        add_member(other.id, coordinator.person_id, OrganisationRole.FACILITATOR)
    text = client.get("/gestione/").text
    assert row.name in text and other.name in text


def test_without_the_second_factor_nobody_enters(client, desk, new_visitor):
    _, coordinator, base = desk
    visitor = new_visitor()
    visitor.sign_in(person_of(coordinator))
    assert "/codice" in visitor.get(base).headers["Location"]
    assert "/accedi" in new_visitor().get(base).headers["Location"]


def test_the_desk_of_another_organisation_is_not_there(client, desk):
    with transaction():
        other, _ = make.organisation()
        activity, _, _ = make.published()
    base = desk[2]
    for path in (f"/gestione/{other.slug}", f"{base}/attivita/{activity.public_id}", f"{base}/attivita/non-esiste"):
        assert client.get(path).status_code == 404
    for what in ("modifica", "annulla", "incontri", "posti", "iscritti.csv"):
        assert client.get(f"{base}/attivita/{activity.public_id}/{what}").status_code == 404
    for what in ("pubblica", "elimina", "decidi"):
        assert client.submit(f"{base}/attivita/{activity.public_id}/{what}", {"decision": "si:x"}).status_code == 404


def test_today_says_what_awaits(client, desk):
    row, coordinator, base = desk
    with transaction():
        _, opening, _ = make.published(by=(row, coordinator), title="Con richiesta", entry_mode=EntryMode.APPROVAL)
        make.signed_up(opening)
        _, short_opening, _ = make.published(by=(row, coordinator), title="Turno", starts_in=timedelta(days=3))
        session().execute(sa.update(Opening).where(Opening.id == short_opening.id).values(minimum=2))
        make.published(by=(row, coordinator), title="Fra poco", starts_in=timedelta(hours=2))
    text = client.get(base).text
    assert "Con richiesta" in text and "1 persona aspetta" in text
    assert "Mancano 2 persone" in text and "Fra poco" in text


def test_an_empty_desk_says_so(client, desk):
    assert "Niente ti aspetta" in client.get(desk[2]).text


def test_a_waiting_organisation_prepares_drafts_but_cannot_publish(client, desk):
    row, _, base = desk
    with transaction():
        session().execute(sa.update(Organisation).where(Organisation.id == row.id).values(state=OrganisationState.PENDING))
    answer = client.submit(f"{base}/attivita/nuova", WORDS)
    public_id = answer.headers["Location"].rsplit("/", 1)[1]
    client.submit(f"{base}/attivita/{public_id}/pubblica")
    assert session().scalar(sa.select(Activity.state)) is ActivityState.DRAFT
    assert "verificato" in client.get(f"{base}/attivita/{public_id}").text


def test_a_draft_is_written_with_its_weeks_and_its_roles(client, desk):
    row, _, base = desk
    answer = client.submit(f"{base}/attivita/nuova", WORDS)
    assert answer.status_code == 302
    activity = session().scalar(sa.select(Activity).where(Activity.organisation_id == row.id))
    starts = session().scalars(sa.select(Occurrence.starts_at).order_by(Occurrence.starts_at)).all()
    assert [clock.to_rome(one).strftime("%d/%m %H:%M") for one in starts] == ["09/12 17:00", "16/12 17:00", "23/12 17:00"]
    kinds = session().scalars(sa.select(Opening.kind).order_by(Opening.id)).all()
    assert kinds == [ActivityKind.WORKSHOP, *[ActivityKind.VOLUNTEERING] * 3]
    assert activity.state is ActivityState.DRAFT
    page = client.get(answer.headers["Location"]).text
    assert "Accompagnatore" in page and "Bozza" in page


def test_a_holiday_is_left_out_and_the_coordinator_reads_it(client, desk):
    base = desk[2]
    answer = client.submit(f"{base}/attivita/nuova", {**WORDS, "meetings-0-day": "2026-12-18", "meetings-0-times": "2"})
    assert "25 dicembre 2026 è festa" in client.get(answer.headers["Location"]).text


def test_a_series_that_follows_the_school_says_which_days_it_leaves_out(client, desk):
    series = {"meetings-0-day": "2026-12-23", "meetings-0-times": "2", "meetings-0-follows_school": "y"}
    answer = client.submit(f"{desk[2]}/attivita/nuova", {**WORDS, **series})
    assert "30 dicembre 2026 le scuole sono chiuse" in client.get(answer.headers["Location"]).text


def test_sending_it_twice_writes_one_draft(client, desk):
    base = desk[2]
    form = {**WORDS, "submit_key": "a" * 16}
    first, second = (client.submit(f"{base}/attivita/nuova", form) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert count(Activity) == 1


def test_a_button_adds_a_row_and_nothing_typed_is_lost(client, desk):
    answer = client.submit(f"{desk[2]}/attivita/nuova", {**WORDS, "more": "meetings"})
    assert answer.status_code == 200
    assert "meetings-1-day" in answer.text and 'value="Laboratorio di radio"' in answer.text
    assert count(Activity) == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title": ""}, "Titolo"),
        ({"meetings-0-ends": "16:00"}, "La fine deve venire dopo"),
        ({"meetings-0-starts": ""}, "Incontro 1"),
        ({"meetings-0-day": "2027-03-28", "meetings-0-starts": "02:30", "meetings-0-ends": "04:00"}, "non esist"),
        ({"meetings-0-day": "2027-10-31", "meetings-0-starts": "02:30", "meetings-0-ends": "04:00"}, "Quale delle due?"),
        ({"meetings-0-day": "2020-01-07"}, "Incontro 1, Giorno"),
        ({"openings-0-capacity": "0"}, "Posti 1"),
        ({"openings-0-capacity": "molti"}, "Posti 1"),
        ({"openings-1-minimum": "5"}, "Il minimo"),
        ({"age_min": "14", "age_max": "11"}, "età"),
        ({"kind": "party"}, "Che cos"),
        ({"place": "999999999999999999999"}, "Luogo"),
        ({"signup_closes_at": "2027-03-28T02:30"}, "cambia l&#39;ora"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(client, desk, typed, said):
    answer = client.submit(f"{desk[2]}/attivita/nuova", {**WORDS, **typed})
    assert answer.status_code == 422
    assert said in answer.text and 'value="Accompagnatore"' in answer.text
    assert count(Activity) == 0


def test_of_an_hour_that_comes_twice_one_is_chosen(client, desk):
    twice = {"meetings-0-day": "2027-10-31", "meetings-0-starts": "02:30", "meetings-0-ends": "04:00", "meetings-0-fold": "1"}
    assert client.submit(f"{desk[2]}/attivita/nuova", {**WORDS, **twice, "meetings-0-times": ""}).status_code == 302
    starts_at = session().scalar(sa.select(Occurrence.starts_at))
    assert starts_at.strftime("%H:%M %z") == "01:30 +0000"


def test_it_is_published_edited_copied_and_cancelled(client, desk):
    base = desk[2]
    public_id = client.submit(f"{base}/attivita/nuova", WORDS).headers["Location"].rsplit("/", 1)[1]
    page = f"{base}/attivita/{public_id}"
    conduct(desk)
    assert client.submit(f"{page}/pubblica").status_code == 302
    slug = session().scalar(sa.select(Activity.slug))
    assert client.get(f"/attivita/{slug}").status_code == 200
    version = client.hidden(f"{page}/modifica", "version")
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert client.submit(f"{page}/modifica", {**WORDS, "title": "Radio di strada", "version": version}).status_code == 302
    late = client.submit(f"{page}/modifica", {**WORDS, "title": "Radio di cortile", "version": version})
    assert late.status_code == 422 and "qualcun altro ha cambiato" in late.text and 'value="Radio di cortile"' in late.text
    assert "Radio di strada" in client.get(page).text
    copy = client.get(f"{base}/attivita/nuova?copia={public_id}").text
    assert 'value="Radio di strada"' in copy and 'value="Accompagnatore"' in copy and "2026-12-09" not in copy
    with transaction():
        opening = session().scalar(sa.select(Opening).where(Opening.occurrence_id.is_(None)))
        make.signed_up(opening)
    assert "1 persona verrà avvisata" in client.get(f"{page}/annulla").text
    assert client.submit(f"{page}/annulla", {"reason": ""}).status_code == 422
    assert client.submit(f"{page}/annulla", {"reason": "La sala è chiusa"}).status_code == 302
    assert "La sala è chiusa" in client.get(page).text


def test_a_copy_takes_the_reminders_along(client, desk):
    base = desk[2]
    public_id = client.submit(f"{base}/attivita/nuova", WORDS).headers["Location"].rsplit("/", 1)[1]
    with transaction():
        activity = session().scalar(sa.select(Activity).where(Activity.public_id == public_id))
        session().add(ReminderRule(activity_id=activity.id, days=2, hours=0, asks=False, text="Porta una torcia"))
    client.submit(f"{base}/attivita/nuova?copia={public_id}", {**WORDS, "title": "Radio di notte"})
    texts = sa.select(ReminderRule.text).join(Activity, Activity.id == ReminderRule.activity_id)
    assert list(session().scalars(texts.where(Activity.title == "Radio di notte"))) == ["Porta una torcia"]


def test_late_entry_and_ages_by_school_year_are_chosen_and_stay_chosen(client, desk):
    base = desk[2]
    chosen = {**WORDS, "late_entry": "y", "age_basis": "school_year"}
    public_id = client.submit(f"{base}/attivita/nuova", chosen).headers["Location"].rsplit("/", 1)[1]
    activity = session().scalar(sa.select(Activity))
    with transaction():
        first, *_, last = (one.starts_at for one in make.occurrences_of(activity))
    assert (activity.late_entry, activity.age_basis, activity.last_entry_at) == (True, "school_year", last)
    assert first < last
    for page in (f"{base}/attivita/{public_id}/modifica", f"{base}/attivita/nuova?copia={public_id}"):
        text = client.get(page).text
        for name, value in (("late_entry", "y"), ("age_basis", "school_year")):
            tag = next(tag for tag in re.findall(r"<input[^>]*>", text) if f'name="{name}"' in tag and f'value="{value}"' in tag)
            assert "checked" in tag


def test_a_draft_is_seen_before_it_is_published_as_everybody_will_see_it(client, desk, new_visitor):
    base = desk[2]
    page = client.submit(f"{base}/attivita/nuova", WORDS).headers["Location"]
    assert f'href="{page}/anteprima"' in client.get(page).text
    preview = client.get(f"{page}/anteprima")
    assert "Anteprima" in preview.text and "Partecipa" in preview.text and "Dai una mano" in preview.text
    with transaction():
        stranger = make.account()
    visitor = new_visitor()
    visitor.sign_in(stranger)
    assert visitor.get(f"{page}/anteprima").status_code == 403
    conduct(desk)
    client.submit(f"{page}/pubblica")
    assert client.get(f"{page}/anteprima").headers["Location"].startswith("/attivita/")


def test_only_a_draft_is_deleted(client, desk):
    row, coordinator, base = desk
    with transaction():
        activity, _, _ = make.published(by=(row, coordinator))
    client.submit(f"{base}/attivita/{activity.public_id}/elimina")
    assert count(Activity) == 1
    public_id = client.submit(f"{base}/attivita/nuova", WORDS).headers["Location"].rsplit("/", 1)[1]
    client.submit(f"{base}/attivita/{public_id}/elimina")
    assert count(Activity) == 1


def test_the_place_of_a_draft_is_the_place_of_its_meetings(tx):
    row, coordinator = make.organisation()
    fields = publishing.ActivityFields(kind=ActivityKind.WORKSHOP, title="x")
    start = clock.now() + timedelta(days=3)
    plan = publishing.Plan(fields, ((start, start + timedelta(hours=1)),), ())
    activity = publishing.create_activity(coordinator, row.id, plan)
    place = make.place()
    moved = publishing.ActivityFields(kind=ActivityKind.WORKSHOP, title="x", place_id=place.id)
    publishing.update_activity(coordinator, activity.public_id, moved)
    assert tx.scalar(sa.select(Occurrence.place_id)) == place.id


def test_a_facilitator_looks_and_does_not_write(client, desk, new_visitor):
    row, coordinator, base = desk
    with transaction():
        activity, _, _ = make.published(by=(row, coordinator))
    visitor = new_visitor()
    visitor.sign_in(facilitator_of(row), with_second_factor=True)
    page = visitor.get(f"{base}/attivita/{activity.public_id}")
    assert page.status_code == 200 and "/modifica" not in page.text and "/annulla" not in page.text
    for path in ("attivita/nuova", "importa", "organizzazione", "iniziative", f"attivita/{activity.public_id}/modifica"):
        assert visitor.get(f"{base}/{path}").status_code == 403


def test_the_list_asks_as_much_of_the_database_for_many_as_for_few(client, desk, statements):
    row, coordinator, base = desk
    with transaction():
        for _ in range(3):
            make.published(by=(row, coordinator))
    del statements[:]
    client.get(f"{base}/attivita")
    few = len(statements)
    with transaction():
        for _ in range(17):
            make.published(by=(row, coordinator))
    del statements[:]
    client.get(f"{base}/attivita")
    assert len(statements) == few <= 6


def test_names_are_short_for_minors_and_reading_them_is_recorded(client, desk):
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), capacity=5)
        adult, _, _ = make.signed_up(opening)
        child, _, _ = make.signed_up(opening, make.SIXTEEN, guardian_id=make.account().id)
    text = client.get(f"{base}/attivita/{activity.public_id}").text
    assert adult.full_name in text
    assert child.given_name in text and child.family_name not in text and "14-17 anni" in text
    assert not re.search(r"2010", text)
    seen = session().scalar(sa.select(AuditEntry).where(AuditEntry.action == "see_participants"))
    assert seen.subject_id == activity.id and seen.actor_id == coordinator.person_id


def test_the_desk_is_told_of_somebody_who_may_be_here_twice(client):
    with transaction():
        activity, opening, coordinator = make.published(capacity=5)
        for birth_on in (make.ADULT, make.ADULT, make.SIXTEEN):
            row, _, _ = make.signed_up(opening, birth_on, name="Ada", guardian_id=make.person().id)
            row.family_name = "Neri"
        session().flush()
        slug = session().get(Organisation, activity.organisation_id).slug
        give_authenticator(session().get(Person, coordinator.person_id))
    client.sign_in(session().get(Person, coordinator.person_id), with_second_factor=True)
    text = client.get(f"/gestione/{slug}/attivita/{activity.public_id}").text
    assert text.count("forse la stessa persona due volte") == 2
