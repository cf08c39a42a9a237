"""A season file read again: words are taken over, what was done at the desk stays, what people must be told is refused."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.activities.imports import Outcome, import_activities, preview_import
from civic.activities.models import Activity, Opening
from civic.activities.queries.conducting import get_conducted
from civic.activities.services import cancelling, capacity, moving, publishing
from civic.activities.services.publishing import ActivityFields
from civic.activities.sheet import parse_rows, read_sheet
from civic.activities.types import ActivityState
from civic.kernel.actor import SYSTEM
from civic.kernel.db import session, writing
from civic.kernel.i18n import _, use_language
from tests import factories as make
from tests.factories import timedelta

ROW = {
    "Codice": "RAP-01",
    "Tipo": "laboratorio",
    "Titolo": "Rap",
    "Descrizione breve": "Parole a tempo",
    "Accessibilità": "",
    "Date": "14/12/2026",
    "Orario": "17:00-19:00",
    "Luogo": "Casa Gialla",
    "Posti": "12",
    "Conduce": "",
}


@pytest.fixture
def house(tx):
    """An organisation, the place where it meets, and one member whose certificate was seen."""
    make.place("Casa Gialla")
    make.place("Casa Verde")
    row, coordinator = make.organisation()
    make.declared(make.member(row.id, make.account(email="anna@example.org").id), days=90)
    return row, coordinator


def preview(house, **changes):
    """Return what importing the row would do, and the sentences of what is wrong."""
    row = ROW | changes
    text = ";".join(row) + "\n" + ";".join(row.values())
    found = preview_import(parse_rows(read_sheet("a.csv", text.encode())), None, house[0].id)
    with use_language("en"):
        return found, [error.sentence(_, found.rows[0].line) for error in found.rows[0].errors]


def load(house, *, publishes=True, conducted_by="anna@example.org", **changes) -> Activity:
    changes.setdefault("Conduce", conducted_by)
    found, errors = preview(house, **changes)
    assert errors == []
    import_activities(SYSTEM, found, publishes=publishes)
    writing().expire_all()
    return session().scalar(sa.select(Activity))


def outcome(house, **changes) -> Outcome:
    return preview(house, **changes)[0].rows[0].outcome


def write_at_the_desk(house, activity: Activity, **changes) -> None:
    names = ActivityFields.__dataclass_fields__
    words = {name: getattr(activity, name) for name in names} | {"languages": tuple(activity.languages)}
    publishing.update_activity(house[1], activity.public_id, ActivityFields(**{**words, **changes}))


def rearrange_at_the_desk(house, activity: Activity) -> None:
    meeting, later = make.occurrences_of(activity)[0], timedelta(days=1)
    moving.move_occurrence(house[1], meeting.public_id, meeting.starts_at + later, meeting.ends_at + later, None, 0)
    capacity.change_capacity(house[1], session().scalar(sa.select(Opening.public_id)), 0, 15)


def test_what_was_written_at_the_desk_stays_where_the_file_is_silent(house):
    activity = load(house)
    write_at_the_desk(house, activity, private_details="Suona al secondo piano", accessibility="C'è un ascensore")
    again = load(house, Titolo="Rap e rime")
    assert (again.title, again.summary) == ("Rap e rime", "Parole a tempo")
    assert (again.private_details, again.accessibility) == ("Suona al secondo piano", "C'è un ascensore")


def test_the_same_file_again_changes_nothing_whatever_was_done_at_the_desk(house):
    activity = load(house)
    rearrange_at_the_desk(house, activity)
    assert outcome(house) is Outcome.SAME


def test_new_words_leave_places_and_meetings_as_the_desk_made_them(house):
    activity = load(house)
    rearrange_at_the_desk(house, activity)
    load(house, Titolo="Rap e rime")
    assert session().scalar(sa.select(Opening.capacity)) == 15
    assert make.occurrences_of(activity)[0].version == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Luogo": "Casa Verde"}, "Row 2, column “Luogo”: To change the place"),
        ({"Posti": "15"}, "Row 2, column “Posti”: This activity is here already with other places"),
        ({"Date": "15/12/2026"}, "Row 2, column “Date”: This activity is here already with other dates"),
    ],
)
def test_what_people_must_be_told_of_is_refused_with_the_number_of_the_row(house, changes, sentence):
    load(house)
    found, errors = preview(house, Titolo="Rap e rime", **changes)
    assert len(errors) == 1 and errors[0].startswith(sentence)
    assert not found.can_import


def test_the_place_of_a_draft_changes_with_the_file(house):
    activity = load(house, publishes=False)
    before = activity.place_id
    assert load(house, publishes=False, Luogo="Casa Verde").place_id not in (None, before)


def test_a_cancelled_activity_is_not_changed_by_a_file(house):
    activity = load(house)
    cancelling.cancel_activity(house[1], activity.public_id, "Siamo malati")
    writing().expire_all()
    assert outcome(house) is Outcome.SAME
    assert "was cancelled" in preview(house, Titolo="Rap e rime")[1][0]


def notes(house, **changes) -> list[str]:
    found, errors = preview(house, **changes)
    assert errors == []
    with use_language("en"):
        return [note.sentence(_, found.rows[0].line) for note in found.rows[0].notes]


def test_a_workshop_for_minors_is_published_with_the_members_that_the_file_names(house):
    activity = load(house)
    assert activity.state is ActivityState.PUBLISHED
    assert [one.adult.name for one in get_conducted(activity.id).facilitators] != []
    assert notes(house, Conduce="Anna@Example.org", Codice="RAP-02") == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Conduce": ""}, "It stays a draft for now. Say who conducts it"),
        ({"Conduce": "ugo@example.org"}, "It stays a draft for now. The declaration about Ugo"),
        ({"Conduce": "anna@example.org", "Posti": "16"}, "It stays a draft for now. For 16 places 2 adults"),
        ({"Conduce": "anna@example.org", "Date": "12/4/2027"}, "It stays a draft for now. The declaration about"),
    ],
)
def test_what_cannot_pass_comes_in_as_a_draft_and_the_preview_says_why_in_one_sentence(house, changes, says):
    make.member(house[0].id, make.account(name="Ugo", email="ugo@example.org").id)
    (said,) = notes(house, **changes)
    assert said.startswith(f"Row 2, column “Conduce”: {says}")
    assert load(house, **changes).state is ActivityState.DRAFT


def test_a_row_that_needs_nobody_is_published_and_says_nothing(house):
    adults = {"Età": "18-99"}
    assert notes(house, **adults) == []
    assert load(house, conducted_by="", **adults).state is ActivityState.PUBLISHED


def test_who_is_no_member_of_the_organisation_conducts_nothing_of_it(house):
    stranger = make.account(email="eva@example.org")
    make.member(make.organisation()[0].id, stranger.id)
    found, errors = preview(house, Conduce="anna@example.org, eva@example.org")
    assert not found.can_import
    assert [error.split("eva")[0] for error in errors] == ["Row 2, column “Conduce”: "]
    assert "does not look like" in preview(house, Conduce="Anna")[1][0]


def test_who_conducts_is_read_once_and_then_said_at_the_desk(house):
    load(house, publishes=False)
    assert outcome(house, Conduce="nessuno@example.org") is Outcome.SAME
    load(house, publishes=False, conducted_by="", Titolo="Rap e rime")
    assert len(get_conducted(session().scalar(sa.select(Activity.id))).facilitators) == 1
