"""What a phone is sent of a sheet and what it may send back; and the page on which it is noted who goes home."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.door_codes import code_of
from civic.activities.models import Attendance, Occurrence, Signup
from civic.activities.services.attending import Mark, record_attendance
from civic.activities.types import AttendanceState, OccurrenceState
from civic.audit.models import AuditEntry
from civic.care.services import writing
from civic.care.types import Collection, Collector
from civic.kernel import clock, crypto
from civic.kernel.db import session, transaction
from civic.organisations.models import Membership, Organisation
from civic.safeguarding.types import Outcome
from tests import factories as make
from tests.care import TEXT, family

NONNA = Collector("Nonna Ada", "+393331234567")
ZIO = Collector("Zio Ugo", "+393331234568")


@pytest.fixture
def there(connection):
    with transaction():
        one = family()
        writing.write_collection(one.guardian, one.signup, Collection(False, (NONNA,)), TEXT)
        return one


@pytest.fixture
def base(there, client) -> str:
    """The addresses of the first meeting, for its coordinator, who is signed in."""
    with transaction():
        slug = session().scalar(sa.select(Organisation.slug).where(Organisation.id == there.activity.organisation_id))
        meeting = make.occurrences_of(there.activity)[0]
        path = f"/gestione/{slug}/attivita/{there.activity.public_id}/incontri/{meeting.public_id}"
    with clock.frozen(there.starts_at):
        client.sign_in(session().get(Person, there.coordinator.person_id), with_second_factor=True)
    return path


def tap(there, state="present", **values) -> dict:
    at = (there.starts_at + timedelta(minutes=5)).isoformat()
    return {"id": str(uuid4()), "signup": there.signup, "state": state, "missed": 0, "at": at, "seen": 0, **values}


def leave(there, way="named_adult", by="Nonna Ada", reason="") -> dict:
    at = (there.starts_at + timedelta(minutes=100)).isoformat()
    return {"id": str(uuid4()), "signup": there.signup, "way": way, "by": by, "reason": reason, "at": at}


def batch(there, *taps, exits=(), by=None, **values) -> dict:
    sent_at = (there.starts_at + timedelta(minutes=110)).isoformat()
    owner = crypto.sign("device-owner", (by or there.coordinator).person_id)
    return {"owner": owner, "device": str(uuid4()), "sent_at": sent_at, "taps": list(taps), "exits": list(exits), **values}


def send(client, base: str, there, body, **headers):
    with clock.frozen(there.starts_at + timedelta(minutes=110)):
        return client.post(f"{base}/presenze/tasca", json=body, headers={"X-CSRFToken": client.csrf_token(), **headers})


def marked() -> list:
    return list(session().scalars(sa.select(Attendance.state)))


def test_the_sheet_holds_who_is_expected_and_the_look_is_noted(there, client, base):
    with clock.frozen(there.starts_at):
        sheet = client.get(f"{base}/presenze/tasca")
    (person,) = sheet.json["people"]
    assert person["id"] == there.signup and person["adults"] == ["Nonna Ada"] and person["is_child"]
    assert code_of(there.signup) not in sheet.text and "1234567" not in sheet.text
    assert sheet.headers["Cache-Control"] == "no-store"
    seen = sa.select(AuditEntry.details).where(AuditEntry.action == "see_participants")
    assert session().scalar(seen)["people"] == 1


def test_twelve_hours_after_the_end_there_is_no_sheet_any_more(there, client, base):
    with clock.frozen(there.starts_at + timedelta(hours=14, minutes=1)):
        answer = client.get(f"{base}/presenze/tasca")
    assert "più di 12 ore" in answer.json["refusal"] and "people" not in answer.json


def test_each_mark_has_its_answer_and_the_state_comes_back_without_a_name(there, client, base):
    good, bad = tap(there), tap(there, signup="nobody")
    answer = send(client, base, there, batch(there, good, bad, exits=[leave(there)]))
    assert answer.json["answers"][good["id"]] == ""
    assert answer.json["answers"][bad["id"]] == "Questa persona non è più attesa a questo incontro."
    assert answer.json["standing"][there.signup]["state"] == "present"
    assert answer.json["standing"][there.signup]["home"]["by"] == "Nonna Ada"
    child = session().get(Person, there.child.id)
    assert child.given_name not in answer.text and child.family_name not in answer.text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: [],
        lambda body: "text",
        lambda body: {**body, "device": "mine"},
        lambda body: {**body, "device": 7},
        lambda body: {**body, "sent_at": "2026-01-05T10:00:00"},
        lambda body: {**body, "sent_at": "0001-01-01T00:00:00+00:00"},
        lambda body: {**body, "taps": {"a": 1}},
        lambda body: {**body, "taps": [body["taps"][0]] * 501},
        lambda body: {**body, "owner": 7},
        lambda body: {key: value for key, value in body.items() if key != "exits"},
    ],
)
def test_what_no_sheet_of_ours_sends_is_refused_as_a_whole(there, client, base, spoil):
    assert send(client, base, there, spoil(batch(there, tap(there)))).status_code == 400
    assert marked() == []


@pytest.mark.parametrize(
    "odd",
    [
        {"state": "asleep"},
        {"missed": -1},
        {"missed": True},
        {"seen": 2**63},
        {"signup": "a\x00b"},
    ],
)
def test_a_mark_that_nobody_can_read_stops_no_other(there, client, base, odd):
    good, bad = tap(there), {**tap(there), **odd}
    exits = [{"id": "x", "way": "alone"}, {"way": "alone"}]
    answer = send(client, base, there, batch(there, bad, good, None, {"id": 7}, exits=exits))
    assert answer.json["answers"][good["id"]] == "" and marked() == [AttendanceState.PRESENT]
    assert "non si legge" in answer.json["answers"][bad["id"]] and "non si legge" in answer.json["answers"]["x"]
    assert len(answer.json["answers"]) == 3


def test_what_somebody_else_made_on_this_phone_is_not_taken(there, client, base):
    answer = send(client, base, there, batch(there, tap(there), by=there.guardian))
    assert answer.status_code == 409 and "un'altra persona" in answer.json["error"] and marked() == []
    assert answer.json["owner"] == crypto.sign("device-owner", there.coordinator.person_id)


def test_a_phone_is_refused_in_its_own_language_and_a_browser_by_a_page(there, client, base):
    with transaction():
        _, stranger = make.organisation()
    path, phone = f"{base}/presenze/tasca/stato", {"Accept": "application/json"}
    with clock.frozen(there.starts_at):
        assert client.get(path, headers=phone).json["owner"]
        client.sign_in(session().get(Person, stranger.person_id), with_second_factor=True)
        assert client.get(path, headers=phone).status_code == 404
        assert "trovato" in client.get(path, headers=phone).json["error"]
        assert "<html" in client.get(path).text


def test_a_phone_is_told_how_it_stands_and_that_its_sheet_is_of_yesterday(there, client, base):
    with clock.frozen(there.starts_at):
        sheet = client.get(f"{base}/presenze/tasca").json
        told = client.get(f"{base}/presenze/tasca/stato").json
        assert told["version"] == sheet["version"] and told["owner"] == sheet["owner"] and "people" not in told
        with transaction():
            writing.write_collection(there.guardian, there.signup, Collection(False, (ZIO,)), TEXT)
        changed = client.get(f"{base}/presenze/tasca/stato").json["version"]
        assert changed != sheet["version"]
        with transaction():
            session().execute(sa.update(Occurrence).values(state=OccurrenceState.CANCELLED))
        assert client.get(f"{base}/presenze/tasca/stato").json["version"] != changed


def test_marks_made_before_are_sent_after_the_sheet_has_gone(there, client, base):
    later = there.starts_at + timedelta(hours=20)
    with clock.frozen(later):
        told = client.get(f"{base}/presenze/tasca/stato").json
        assert "standing" not in told and told["now"] == later.isoformat()
        one = tap(there)
        body = batch(there, one, sent_at=later.isoformat())
        answer = client.post(f"{base}/presenze/tasca", json=body, headers={"X-CSRFToken": told["csrf"]})
    assert answer.json["answers"] == {one["id"]: ""} and "standing" not in answer.json and marked() == [AttendanceState.PRESENT]


def test_names_do_not_lie_on_phones_for_weeks(there, client, base):
    for before, is_there in ((timedelta(hours=49), False), (timedelta(hours=47), True)):
        with clock.frozen(there.starts_at - before):
            client.sign_in(session().get(Person, there.coordinator.person_id), with_second_factor=True)
            assert ("people" in client.get(f"{base}/presenze/tasca").json) == is_there
            assert ("Porta con te il foglio" in client.get(f"{base}/presenze").text) == is_there


def test_whoever_something_was_declared_against_takes_no_sheet_along(there, client, base):
    with transaction(), clock.frozen(there.starts_at):
        own = sa.select(Membership).where(Membership.person_id == there.coordinator.person_id)
        make.declared(session().scalars(own).one(), Outcome.NOT_CLEAR)
    with clock.frozen(there.starts_at):
        for path in ("", "/stato"):
            assert client.get(f"{base}/presenze/tasca{path}").status_code == 403
    assert send(client, base, there, batch(there, tap(there))).status_code == 403 and marked() == []


def test_what_happened_at_the_door_is_written_whatever_the_family_wrote_since(there, client, base):
    one = leave(there, by="Zio Ugo")
    answer = send(client, base, there, batch(there, tap(there), exits=[one]))
    assert "La famiglia non ha indicato" in answer.json["answers"][one["id"]]
    assert "chiama" in answer.json["answers"][one["id"]]
    assert answer.json["standing"][there.signup]["home"] | {"at": ""} == {"way": "other_adult", "by": "Zio Ugo", "at": ""}


def test_without_the_token_of_the_session_nothing_is_taken(there, client, base):
    assert send(client, base, there, batch(there, tap(there)), **{"X-CSRFToken": "x"}).status_code == 400
    assert marked() == []


def test_the_page_alone_may_use_the_camera_and_holds_nobodys_name(there, client, base):
    answer = client.get("/gestione/foglio-in-tasca")
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    assert client.get("/").headers["Permissions-Policy"].startswith("camera=()")
    coordinator = session().get(Person, there.coordinator.person_id)
    assert coordinator.given_name not in answer.text and "csrf" not in answer.text


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_worker_may_answer_for_the_page_of_its_language_alone(client, prefix):
    answer = client.get(f"{prefix}/gestione/foglio-in-tasca/servizio.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == f"{prefix}/gestione/foglio-in-tasca"


def test_signing_out_clears_what_the_browser_kept(there, client, base):
    assert client.submit("/esci").headers["Clear-Site-Data"] == '"storage"'


def test_an_old_page_changes_only_the_marks_that_somebody_touched_on_it(there, client, base):
    field = f"state-{there.signup}"
    with clock.frozen(there.starts_at):
        client.submit(f"{base}/presenze", {field: "present"})
        old = {f"was-{there.signup}": "present", field: "present", "seen": client.hidden(f"{base}/presenze", "seen")}
        client.submit(f"{base}/presenze", {f"was-{there.signup}": "present", field: "absent"})
        client.submit(f"{base}/presenze", old)
        assert marked() == [AttendanceState.ABSENT]
        client.submit(f"{base}/presenze", {**old, f"was-{there.signup}": "late 5"})
    assert marked() == [AttendanceState.PRESENT]


@pytest.mark.parametrize("seen", ["", "-1", "x", "9" * 30, "²"])
def test_an_odd_number_of_the_last_event_does_no_harm(there, client, base, seen):
    with clock.frozen(there.starts_at):
        assert client.submit(f"{base}/presenze", {f"state-{there.signup}": "present", "seen": seen}).status_code == 302
    assert marked() == [AttendanceState.PRESENT]


class TestGoingHome:
    """The page without scripts."""

    @pytest.fixture
    def page(self, there, base) -> str:
        with transaction(), clock.frozen(there.starts_at):
            meeting = make.occurrences_of(there.activity)[0].public_id
            record_attendance(there.coordinator, meeting, [Mark(there.signup, AttendanceState.PRESENT)])
        return f"{base}/uscita"

    def test_a_child_stands_there_until_somebody_is_noted(self, there, client, base, page):
        with clock.frozen(there.starts_at + timedelta(minutes=110)):
            assert "Ancora qui" in client.get(page).text
            assert "1 bambino aspetta ancora qualcuno." in client.get(f"{base}/presenze").text
            answer = client.submit(page, {f"way-{there.signup}": "named_adult:Nonna Ada"}, follow_redirects=True)
            assert "Uscita con Nonna Ada alle" in answer.text and "1 uscita salvata." in answer.text
            assert "aspetta ancora" not in client.get(f"{base}/presenze").text
            client.submit(page, {f"way-{there.signup}": "none"})
            assert "Ancora qui" in client.get(page).text

    def test_a_missing_reason_is_said_beside_the_child_and_what_was_typed_stays(self, there, client, page):
        with clock.frozen(there.starts_at + timedelta(minutes=110)):
            fields = {f"way-{there.signup}": "other_adult", f"by-{there.signup}": "Zio Ugo"}
            answer = client.submit(page, fields)
        assert answer.status_code == 422
        assert "Scrivi chi è venuto a prenderlo" in answer.text and 'value="Zio Ugo"' in answer.text

    def test_what_is_no_way_home_is_nothing(self, there, client, page):
        with clock.frozen(there.starts_at + timedelta(minutes=110)):
            assert client.submit(page, {f"way-{there.signup}": "by broom", "way-nobody": "alone"}).status_code in (302, 422)
            assert "Ancora qui" in client.get(page).text

    def test_before_anybody_came_the_page_says_so(self, there, client, base):
        with clock.frozen(there.starts_at):
            assert "Nessun bambino da affidare" in client.get(f"{base}/uscita").text


def test_signups_of_another_meeting_are_not_marked(there, client, base):
    with transaction():
        _, opening, _ = make.published()
        _, _, elsewhere = make.signed_up(opening)
    answer = send(client, base, there, batch(there, tap(there, signup=elsewhere)))
    assert list(answer.json["answers"].values()) == ["Questa persona non è più attesa a questo incontro."]
    assert session().scalar(sa.select(sa.func.count()).select_from(Signup)) == 2 and marked() == []


def test_who_neither_writes_nor_conducts_sees_no_child_home(there, client, base):
    with transaction():
        member = make.member(there.activity.organisation_id, make.account().id)
    send(client, base, there, batch(there, tap(there), exits=[leave(there)]))
    with clock.frozen(there.starts_at + timedelta(minutes=110)):
        client.sign_in(session().get(Person, member.person_id), with_second_factor=True)
        for path in ("presenze", "presenze/tasca", "presenze/tasca/stato"):
            assert "Nonna Ada" not in client.get(f"{base}/{path}").text
        assert not client.get(f"{base}/presenze/tasca").json["people"][0]["is_child"]
        assert "/uscita" not in client.get(f"{base}/presenze").text
        assert client.get(f"{base}/uscita").status_code == 403
        body = batch(there, exits=[leave(there, by="Zio Ugo")], by=member)
        answer = client.post(f"{base}/presenze/tasca", json=body, headers={"X-CSRFToken": client.csrf_token()})
        assert answer.status_code == 403 and "Zio Ugo" not in answer.text
