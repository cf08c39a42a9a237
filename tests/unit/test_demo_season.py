"""The demo season is whole, plausible, and the same however it is saved."""

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from civic.activities.sheet import fingerprint, parse_rows, read_sheet, shift_weeks
from civic.activities.types import ActivityKind
from civic.kernel import clock
from civic.kernel.calendar import is_holiday
from civic.programme import catalogue
from civic.programme.names import match_place

DEMO = Path(__file__).parent.parent.parent / "demo"


@pytest.fixture(scope="module")
def content() -> bytes:
    return (DEMO / "season.csv").read_bytes()


@pytest.fixture(scope="module")
def drafts(content):
    return drafts_of("season.csv", content)


def drafts_of(filename, content):
    rows = parse_rows(read_sheet(filename, content))
    assert [(row.line, row.errors) for row in rows if row.errors] == []
    return [row.draft for row in rows]


def organisations() -> list[dict[str, str]]:
    text = (DEMO / "organisations.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def as_workbook(content: bytes) -> bytes:
    book = Workbook()
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    for row in rows:
        book.active.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.active.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(rows[0]))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_there_is_enough_of_everything(drafts):
    kinds = Counter(draft.kind for draft in drafts)
    assert kinds[ActivityKind.WORKSHOP] >= 40
    assert kinds[ActivityKind.VOLUNTEERING] >= 20
    assert kinds[ActivityKind.TRAINING] >= 3 and kinds[ActivityKind.PUBLIC_EVENT] >= 3


def test_it_is_a_secretarys_file_with_a_title_empty_rows_and_a_mark_of_encoding(content):
    assert content.startswith(b"\xef\xbb\xbfStagione")
    sheet = read_sheet("season.csv", content)
    assert sheet.rows[0].line == 4
    assert sheet.ignored == ()


@pytest.mark.parametrize("save", [lambda content: content.decode("utf-8-sig").encode("cp1252"), as_workbook])
def test_saved_otherwise_it_is_the_same_season(content, drafts, save):
    other = drafts_of("season", save(content))
    assert [fingerprint(draft) for draft in other] == [fingerprint(draft) for draft in drafts]


def test_every_known_place_is_used_and_no_other(drafts):
    places = {draft.place_name: match_place(draft.place_name, catalogue.places()) for draft in drafts}
    assert [name for name, place in places.items() if place is None] == []
    assert {place.slug for place in places.values()} == {place.slug for place in catalogue.places()}


def test_every_activity_has_words_of_its_own(drafts):
    for words in ("code", "title", "summary", "description"):
        assert len({getattr(draft, words) for draft in drafts}) == len(drafts)
    assert all(draft.summary.endswith((".", "?", "!")) and len(draft.description) > 80 for draft in drafts)


def test_workshops_are_for_eleven_to_nineteen(drafts):
    workshops = [draft for draft in drafts if draft.kind is ActivityKind.WORKSHOP]
    assert all(11 <= draft.age_min <= draft.age_max <= 19 for draft in workshops)


def test_shifts_have_two_roles_and_one_signs_up_for_each(drafts):
    shifts = [draft for draft in drafts if draft.kind is ActivityKind.VOLUNTEERING]
    assert all(len(draft.openings) == 2 for draft in shifts)
    assert all(opening.per_occurrence for draft in shifts for opening in draft.openings)


def test_only_the_christmas_lunch_falls_on_a_holiday(drafts):
    on_holidays = {draft.code for draft in drafts for start, _end in draft.occurrences if is_holiday(clock.to_rome(start).date())}
    assert on_holidays == {"VOL-PRANZO"}


def test_signup_opens_and_closes_before_the_first_meeting(drafts):
    for draft in drafts:
        first = draft.occurrences[0][0]
        assert draft.signup_opens_at is None or draft.signup_opens_at < first, draft.code
        assert draft.signup_closes_at is None or draft.signup_closes_at < first, draft.code


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2027, 4, 1), date(2029, 8, 15)])
def test_loaded_on_any_day_the_whole_season_is_ahead(content, today):
    rows = shift_weeks(parse_rows(read_sheet("season.csv", content)), today)
    first = min(row.draft.occurrences[0][0] for row in rows)
    assert 4 <= (clock.to_rome(first).date() - today).days < 11


def test_the_organisations_of_the_season_are_those_of_the_list_and_schools_run_nothing(drafts):
    names = [row["Organizzazione"] for row in organisations() if row["Tipo"] != "Scuola"]
    assert {draft.organisation_name for draft in drafts} == set(names)
    assert len(names) == len(set(names))


def test_tax_codes_have_the_right_check_digit_and_addresses_answer_nobody():
    for row in organisations():
        digits = [int(digit) for digit in row["Codice fiscale"]]
        doubled = [2 * digit - 9 * (digit > 4) if index % 2 else digit for index, digit in enumerate(digits)]
        assert len(digits) == 11 and sum(doubled) % 10 == 0
        assert row["E-mail"].endswith(".example")
        assert row["Quartiere"] in {quartiere.name for quartiere in catalogue.quartieri()}
