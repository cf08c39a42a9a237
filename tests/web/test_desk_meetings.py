"""The desk: moving and cancelling meetings, people, places, attendance, the list as CSV, the import."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.door_codes import code_of, mark_of
from civic.activities.models import Activity, Attendance, Occurrence, Opening, Signup
from civic.activities.services import signing_up as services
from civic.activities.types import ActivityKind, EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id
from civic.outbox.models import OutboxEvent
from civic.web.desk.exporting import csv_of
from tests import factories as make

SEASON = (
    "Codice;Tipo;Titolo;Date;Orario;Luogo;Posti\r\n"
    "RAD-01;laboratorio;Radio di strada;09/12/2026;17:00-19:00;Casa Prova;12\r\n"
    "RAD-02;volontariato;Porta la spesa;10/12/2026;9:00-11:00;Casa Prova;3\r\n"
)


@pytest.fixture
def desk(client, connection):
    """A published activity of an organisation whose coordinator is signed in; return (activity, opening, page, owner)."""
    with transaction():
        row, coordinator = make.organisation()
        activity, opening, _ = make.published(by=(row, coordinator), capacity=3, meetings=2, starts_in=timedelta(days=3))
        make.place("Casa Prova")
    client.sign_in(session().get(Person, coordinator.person_id), with_second_factor=True)
    return activity, opening, f"/gestione/{row.slug}/attivita/{activity.public_id}", (row, coordinator)


def meetings_of(activity) -> list[Occurrence]:
    where = Occurrence.activity_id == activity.id
    return list(session().scalars(sa.select(Occurrence).where(where).order_by(Occurrence.starts_at)))


def sign_up(opening, **values) -> str:
    with transaction():
        return make.signed_up(opening, **values)[2]


def state_of(signup: str) -> SignupState:
    return session().scalar(sa.select(Signup.state).where(Signup.public_id == signup))


def events() -> list[str]:
    return list(session().scalars(sa.select(OutboxEvent.name).order_by(OutboxEvent.id)))


def moved_form(meeting: Occurrence, **more) -> dict:
    start = clock.to_rome(meeting.starts_at) + timedelta(days=1)
    form = {"day": start.date().isoformat(), "starts": "18:00", "ends": "20:00", "place": "", "version": meeting.version}
    return {**form, **more}


def test_moving_shows_how_many_are_told_and_does_it_on_the_second_yes(client, desk):
    activity, opening, page, _ = desk
    sign_up(opening)
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/sposta"
    assert client.get(url).status_code == 200
    preview = client.submit(url, moved_form(meeting))
    assert preview.status_code == 200 and "1 persona ha il posto" in preview.text
    assert meetings_of(activity)[0].version == 0
    assert client.submit(url, moved_form(meeting, confirmed="1")).status_code == 302
    assert meetings_of(activity)[0].version == 1
    assert events()[-1] == "OccurrenceMoved"


def test_moving_says_who_has_something_else_then_and_whose_parent_is_asked(client, desk):
    activity, opening, page, _ = desk
    first = meetings_of(activity)[0]
    day = clock.to_rome(first.starts_at).date()
    with transaction():
        person, actor, _ = make.signed_up(opening, day.replace(year=day.year - 18))
        _, elsewhere, _ = make.published(starts_in=timedelta(days=2))
        services.sign_up(actor, services.Entry(elsewhere.public_id, person.id, new_public_id(), guardian_id=make.account().id))
    url = f"{page}/incontri/{first.public_id}/sposta"
    when = clock.to_rome(first.starts_at) - timedelta(days=1)
    form = moved_form(first, day=when.date().isoformat(), starts="08:00", ends="12:00")
    text = client.submit(url, form).text
    assert "1 partecipante ha già un altro impegno" in text and "1 persona non avrebbe ancora 18 anni" in text
    assert person.full_name not in text


def test_the_preview_asks_as_much_of_the_database_for_many_people_as_for_few(client, desk, statements):
    activity, opening, page, _ = desk
    with transaction():
        session().execute(sa.update(Opening).values(capacity=40))
    meeting = meetings_of(activity)[0]
    url, form, counts = f"{page}/incontri/{meeting.public_id}/sposta", moved_form(meeting), []
    for people in (1, 30):
        for _ in range(people):
            sign_up(opening, birth_on=make.SIXTEEN, guardian_id=_parent())
        statements.clear()
        assert client.submit(url, form).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 10


def _parent() -> int:
    with transaction():
        return make.account().id


def test_a_meeting_that_goes_on_after_midnight_is_told_in_words_before_it_moves_and_when_it_is_added(client, desk):
    activity, _, page, _ = desk
    meeting = meetings_of(activity)[0]
    night = {"day": "2026-12-05", "starts": "22:00", "ends": "01:00"}
    url = f"{page}/incontri/{meeting.public_id}/sposta"
    said = "fino alle 01:00 di domenica 6 dicembre 2026"
    assert said in client.submit(url, moved_form(meeting, **night)).text
    assert client.submit(url, moved_form(meeting, **night, confirmed="1")).status_code == 302
    moved = session().get(Occurrence, meeting.id, populate_existing=True)
    assert clock.to_rome(moved.ends_at).strftime("%d/%m %H:%M") == "06/12 01:00"
    assert 'value="01:00"' in client.get(url).text
    client.submit(f"{page}/incontri", {**night, "day": "2026-12-12"})
    assert "fino alle 01:00 di domenica 13 dicembre 2026" in client.get(page).text
    wrong = client.submit(f"{page}/incontri", {"day": "2026-12-12", "starts": "17:00", "ends": "16:00"})
    assert wrong.status_code == 422 and "La fine deve venire dopo" in wrong.text


def test_moving_names_the_volunteers_who_would_be_in_two_places_at_once(client, desk):
    _, _, _, (row, coordinator) = desk
    with transaction():
        shift, opening, _ = make.published(ActivityKind.VOLUNTEERING, by=(row, coordinator), starts_in=timedelta(days=5))
        _, elsewhere, _ = make.published(ActivityKind.VOLUNTEERING, starts_in=timedelta(days=6))
        person, actor, _ = make.signed_up(opening)
        services.sign_up(actor, services.Entry(elsewhere.public_id, person.id, new_public_id()))
    (meeting,) = meetings_of(shift)
    form = moved_form(meeting, starts="09:00", ends="11:00")
    url = f"/gestione/{row.slug}/attivita/{shift.public_id}/incontri/{meeting.public_id}/sposta"
    preview = client.submit(url, form)
    assert "1 volontario ha già un altro impegno" in preview.text and person.full_name in preview.text
    assert person.full_name not in client.submit(url, {**form, "starts": "14:00", "ends": "15:00"}).text


def test_a_meeting_that_moved_meanwhile_is_looked_at_again(client, desk):
    activity, _, page, _ = desk
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/sposta"
    form = moved_form(meeting, confirmed="1")
    client.submit(url, form)
    stale = client.submit(url, {**form, "starts": "15:00"})
    assert stale.status_code == 409
    assert "nel frattempo" in stale.text.lower() and 'value="18:00' in stale.text and 'name="version" value="1"' in stale.text


def test_moving_to_the_past_or_backwards_is_said_on_its_field(client, desk):
    activity, _, page, _ = desk
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/sposta"
    assert "ends-error" in client.submit(url, moved_form(meeting, ends="17:00")).text
    assert "day-error" in client.submit(url, moved_form(meeting, day="2020-01-01", confirmed="1")).text


def test_cancelling_one_meeting_needs_a_reason_and_the_last_one_stays(client, desk):
    activity, _, page, _ = desk
    first, second = meetings_of(activity)
    url = f"{page}/incontri/{first.public_id}/annulla"
    assert client.submit(url, {"reason": ""}).status_code == 422
    assert client.submit(url, {"reason": "Sciopero"}).status_code == 302
    refused = client.submit(f"{page}/incontri/{second.public_id}/annulla", {"reason": "Sciopero"})
    assert refused.status_code == 422


def test_a_new_meeting_has_the_places_of_the_one_before(client, desk):
    activity, _, page, _ = desk
    client.submit(f"{page}/posti", {"who": "volunteer", "role": "Cucina", "capacity": "2", "minimum": "1", "scope": "meeting"})
    assert client.submit(f"{page}/incontri", {"day": "2027-02-03", "starts": "17:00", "ends": "19:00"}).status_code == 302
    roles = session().scalars(sa.select(Opening.role).where(Opening.activity_id == activity.id, Opening.role != "")).all()
    assert roles == ["Cucina"] * 3
    again = client.submit(f"{page}/incontri", {"day": "2027-03-28", "starts": "02:30", "ends": "05:00"})
    assert again.status_code == 422 and "starts-error" in again.text


def test_places_never_go_below_who_has_them(client, desk):
    _, opening, page, _ = desk
    sign_up(opening)
    sign_up(opening)
    url = f"{page}/posti/{opening.public_id}"
    seen = {"seen": client.hidden(url, "seen")}
    refused = client.submit(url, {"capacity": "1", "minimum": "0", **seen})
    assert refused.status_code == 422 and "2 posti sono già presi" in refused.text
    assert client.submit(url, {"capacity": "2", "minimum": "2", **seen}).status_code == 302
    late = client.submit(url, {"capacity": "9", "minimum": "0", **seen})
    assert late.status_code == 422 and "qualcun altro ha cambiato" in late.text


def test_below_what_is_taken_the_coordinator_chooses_who_waits(client, desk):
    _, opening, page, _ = desk
    with transaction():
        person, _, chosen = make.signed_up(opening)
        stays = make.signed_up(opening)[2]
    url = f"{page}/posti/{opening.public_id}"
    assert person.full_name not in client.get(url).text
    shown = {"capacity": "1", "minimum": "0", "seen": f"{opening.minimum}-{opening.capacity}"}
    asked = client.submit(url, shown)
    assert asked.status_code == 422 and person.full_name in asked.text and f'value="{chosen}"' in asked.text
    assert client.submit(url, {**shown, "to_queue": [chosen]}).status_code == 302
    assert (state_of(chosen), state_of(stays)) == (SignupState.WAITING, SignupState.CONFIRMED)
    counts = session().execute(sa.select(Opening.capacity, Opening.taken).where(Opening.id == opening.id)).one()
    assert counts == (1, 1)


def test_a_request_is_accepted_or_declined_by_its_button(client, desk):
    _, _, _, (row, coordinator) = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), entry_mode=EntryMode.APPROVAL)
    page = f"/gestione/{row.slug}/attivita/{activity.public_id}"
    yes, no = sign_up(opening), sign_up(opening)
    client.submit(f"{page}/decidi", {"decision": f"si:{yes}"})
    client.submit(f"{page}/decidi", {"decision": f"no:{no}"})
    assert (state_of(yes), state_of(no)) == (SignupState.CONFIRMED, SignupState.DECLINED)
    client.submit(f"{page}/decidi", {"decision": f"si:{no}"})
    assert state_of(no) is SignupState.DECLINED


def test_a_signup_of_another_activity_is_not_decided_here(client, desk):
    _, _, page, (row, coordinator) = desk
    with transaction():
        _, opening, _ = make.published(by=(row, coordinator), entry_mode=EntryMode.APPROVAL)
    other = sign_up(opening)
    assert client.submit(f"{page}/decidi", {"decision": f"si:{other}"}).status_code == 404
    assert client.get(f"{page}/iscrizioni/{other}").status_code == 404


def test_removing_somebody_needs_a_reason(client, desk):
    _, opening, page, _ = desk
    signup = sign_up(opening)
    assert client.submit(f"{page}/iscrizioni/{signup}", {"reason": ""}).status_code == 422
    assert client.submit(f"{page}/iscrizioni/{signup}", {"reason": "Doppione"}).status_code == 302
    assert state_of(signup) is SignupState.CANCELLED


def test_attendance_of_everybody_is_one_form(client, desk):
    activity, opening, page, _ = desk
    here, late, rest = (sign_up(opening) for _ in range(3))
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/presenze"
    early = client.submit(url, {f"state-{here}": "present"})
    assert early.status_code == 422 and "30 minuti prima" in early.text
    with clock.frozen(meeting.starts_at):
        wrong = client.submit(url, {f"state-{late}": "late", f"minutes-{late}": "dieci"})
        assert wrong.status_code == 422 and 'value="dieci"' in wrong.text
        beside = f'id="e-{late}">'
        assert beside + "Scrivi con un numero" in wrong.text
        longer = client.submit(url, {f"state-{late}": "late", f"minutes-{late}": "999"})
        assert longer.status_code == 422 and beside in longer.text
        marks = {f"state-{here}": "absent", f"state-{late}": "late", f"minutes-{late}": "15", "rest": "1", "state-x": "present"}
        assert client.submit(url, marks).status_code == 302
        page_text = client.get(url).text
    statement = sa.select(Signup.public_id, Attendance.minutes).join(Signup, Signup.id == Attendance.signup_id)
    minutes = dict(session().execute(statement).all())
    assert minutes == {here: 0, late: 105, rest: 120}
    assert 'value="15"' in page_text


def test_thirty_people_are_marked_in_one_request_of_six_statements(client, desk, statements):
    activity, opening, page, _ = desk
    with transaction():
        session().execute(sa.update(Opening).where(Opening.id == opening.id).values(capacity=30))
    people = [sign_up(opening) for _ in range(30)]
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/presenze"
    with clock.frozen(meeting.starts_at):
        client.get(url)
        marks = {f"state-{one}": "late" for one in people} | {f"minutes-{one}": "10" for one in people}
        statements.clear()
        assert client.submit(url, marks).status_code == 302
    assert len(statements) <= 6, statements
    assert session().scalar(sa.select(sa.func.count()).select_from(Attendance)) == 30


def test_whoever_shows_a_code_is_marked_with_a_button_and_the_wrong_one_stands_beside_its_field(client, desk):
    activity, opening, page, _ = desk
    signup = sign_up(opening)
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/presenze"
    with clock.frozen(meeting.starts_at + timedelta(minutes=20)):
        wrong = client.submit(url, {"enter": "1", "code": "ZZZZZZ"})
        assert wrong.status_code == 422 and 'value="ZZZZZZ"' in wrong.text and "Nessuno di questo incontro" in wrong.text
        done = client.submit(url, {"enter": "1", "code": code_of(signup)}, follow_redirects=True)
        assert "20 minuti di ritardo" in done.text
        again = client.submit(url, {"enter": "1", "code": mark_of(signup)}, follow_redirects=True)
        assert "è già dentro" in again.text
    assert session().scalar(sa.select(Attendance.minutes)) == 100


def test_a_mark_is_taken_back_to_not_recorded_and_after_two_days_with_a_reason(client, desk):
    activity, opening, page, _ = desk
    first, second = (sign_up(opening) for _ in range(2))
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/presenze"
    with clock.frozen(meeting.starts_at):
        assert "Non segnata" not in client.get(url).text
        client.submit(url, {"rest": "1"})
        assert client.get(url).text.count("Non segnata") == 2
        assert client.submit(url, {f"state-{first}": "none", f"state-{second}": "present"}).status_code == 302
    still = sa.select(Signup.public_id).join(Attendance, Attendance.signup_id == Signup.id)
    assert session().scalars(still).all() == [second]
    with clock.frozen(meeting.ends_at + timedelta(hours=49)):
        late = client.submit(url, {f"state-{second}": "none"})
        assert late.status_code == 422 and "scrivi perché" in late.text
        assert client.submit(url, {f"state-{second}": "none", "reason": "Non era lei"}).status_code == 302
    assert session().scalars(still).all() == []


def test_the_sheet_has_full_names_and_room_to_sign(client, desk):
    activity, opening, page, _ = desk
    with transaction():
        child, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=make.account().id)
        firm = {"state": SignupState.CONFIRMED, "confirmed_at": clock.now()}
        session().execute(sa.update(Signup).where(Signup.public_id == signup).values(firm))
    text = client.get(f"{page}/incontri/{meetings_of(activity)[0].public_id}/foglio").text
    assert child.full_name in text and "Firma" in text


def test_the_list_as_csv_has_no_contacts(client, desk):
    _, opening, page, _ = desk
    with transaction():
        person, _, _ = make.signed_up(opening)
        session().execute(sa.update(Person).where(Person.id == person.id).values(given_name='=HYPERLINK("http://x")'))
    answer = client.get(f"{page}/iscritti.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert rows[1][0] == '\'=HYPERLINK("http://x")'
    # Since when they have a place would tell, beside the day of a link to kept places, who was sent.
    assert rows[0][-1] == "Dal" and rows[1][-1] == ""
    assert person.email not in answer.text and answer.data.count(b"\r\n") == 2


@pytest.mark.parametrize("cell", ["=1+1", "+39", "-2", "@SUM(A1)", "\t=1", "  =1"])
def test_no_cell_runs_in_a_spreadsheet(cell):
    assert next(csv.reader(io.StringIO(csv_of([[cell]]).decode("utf-8-sig"), newline="")))[0] == "'" + cell


def upload(text: str) -> dict:
    return {"file": (io.BytesIO(text.encode()), "stagione.csv")}


def confirmed(page: str) -> dict:
    content = re.search(r'name="content"[^>]*value="([^"]+)"', page)[1]
    return {"content": content, "filename": "stagione.csv", "confirmed": "1"}


def test_a_file_is_looked_at_then_imported_and_again_changes_nothing(client, desk):
    base = f"/gestione/{desk[3][0].slug}"
    before = session().scalar(sa.select(sa.func.count(Activity.id)))
    look = client.submit(f"{base}/importa", upload(SEASON), content_type="multipart/form-data")
    assert look.status_code == 200 and "Radio di strada" in look.text
    assert session().scalar(sa.select(sa.func.count(Activity.id))) == before
    done = client.submit(f"{base}/importa", confirmed(look.text))
    assert done.status_code == 302
    assert session().scalar(sa.select(sa.func.count(Activity.id))) == before + 2
    again = client.submit(f"{base}/importa", upload(SEASON), content_type="multipart/form-data")
    assert "non c&#39;è niente da cambiare" in again.text


def test_a_file_with_one_wrong_row_imports_nothing_and_says_where(client, desk):
    base = f"/gestione/{desk[3][0].slug}"
    wrong = SEASON.replace("10/12/2026", "31/02/2026")
    look = client.submit(f"{base}/importa", upload(wrong), content_type="multipart/form-data")
    assert look.status_code == 422 and "Riga 3" in look.text and "confirmed" not in look.text


@pytest.mark.parametrize("content", ["", "%%%", "QUJD", "UEsDBA=="])
def test_what_is_no_season_is_refused_in_words(client, desk, content):
    base = f"/gestione/{desk[3][0].slug}"
    answer = client.submit(f"{base}/importa", {"content": content, "filename": "x", "confirmed": "1"})
    assert answer.status_code == 422


def test_a_row_for_another_organisation_is_wrong(client, desk):
    with transaction():
        other, _ = make.organisation()
    text = SEASON.replace("Codice;", "Organizzazione;Codice;").replace("RAD-0", f"{other.name};RAD-0")
    look = client.submit(f"/gestione/{desk[3][0].slug}/importa", upload(text), content_type="multipart/form-data")
    assert look.status_code == 422 and "Non conosciamo" in look.text
