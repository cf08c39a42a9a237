"""A season file is found in whatever form a secretary's computer saves it."""

import io
import zipfile
from collections import Counter
from datetime import datetime, time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from civic.activities.sheet import parse_rows, read_sheet
from civic.activities.sheet import reading as reading_module
from civic.activities.sheet import workbook as workbook_module
from civic.kernel.i18n import _, use_language

HEADINGS = "Codice;Organizzazione;Tipo;Titolo;Date;Orario;Luogo;Posti"
ROW = "RAP-01;Ritmo Obliquo APS;laboratorio;Perché no? Rap;26/11/2026;17:00-19:00;Casa Gialla;12"
TEXT = f"{HEADINGS}\n{ROW}\n"


def sentences(sheet) -> str:
    with use_language("en"):
        return " ".join(error.sentence(_) for error in sheet.errors)


def workbook(*rows, merge: tuple[str, ...] = ()) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merge:
        book.active.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(content: bytes, name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, data if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, data)
    return stream.getvalue()


def titles(sheet) -> list[str]:
    return [row.cells["title"] for row in sheet.rows]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        ("sep=;\n" + TEXT).encode(),
        ("Stagione 2026/27;;;;;;;\n;;;;;;;\n" + TEXT).encode(),
        TEXT.replace("Codice;", "CODICE ;").replace("Titolo", " titolo").encode(),
    ],
)
def test_the_same_rows_are_read_from_every_way_of_saving(content):
    sheet = read_sheet("stagione.csv", content)
    assert sheet.errors == ()
    assert titles(sheet) == ["Perché no? Rap"]
    assert parse_rows(sheet)[0].draft is not None


def test_the_row_number_is_the_one_the_spreadsheet_shows():
    text = (
        f"Stagione;;;;;;;\n{HEADINGS}\n\n{ROW.replace('Perché no? Rap', chr(34) + 'Due' + chr(10) + 'righe' + chr(34))}\n{ROW}\n"
    )
    sheet = read_sheet("x.csv", text.encode())
    assert [row.line for row in sheet.rows] == [4, 5]


def test_headings_have_synonyms_and_unknown_ones_are_told():
    text = TEXT.replace("Organizzazione", "A cura di").replace("Luogo", "Dove").replace("Orario", "Note interne")
    sheet = read_sheet("x.csv", text.encode())
    assert {"organisation", "place"} <= set(sheet.headings)
    assert sheet.ignored == ("Note interne",)


def test_a_workbook_with_merged_headings_and_true_dates_is_read():
    content = workbook(
        ["La nostra stagione"],
        ["Codice", "Organizzazione", "Tipo", "Titolo", "Età", None, "Date", "Orario", "Luogo", "Posti", "Iscrizioni", None],
        [None, None, None, None, "da", "a", None, None, None, None, "dal", "al"],
        ["RAP-01", "Ritmo", "laboratorio", "Rap", 11.0, 14, datetime(2026, 11, 26), "17-19", "Casa Gialla", 12, None, None],
        merge=("A1:L1", "A2:A3", "E2:F2", "K2:L2"),
    )
    sheet = read_sheet("stagione.xlsx", content)
    assert sheet.errors == ()
    assert sheet.headings["age_min"] == "Età da"
    draft = parse_rows(sheet)[0].draft
    assert (draft.age_min, draft.age_max, len(draft.occurrences)) == (11, 14, 1)
    assert sheet.rows[0].line == 4


def test_times_and_truth_values_of_a_workbook_become_text():
    content = workbook([*HEADINGS.split(";"), "Per chi"], [*ROW.split(";")[:7], time(17, 0), True])
    cells = read_sheet("x.xlsx", content).rows[0].cells
    assert (cells["capacity"], cells["audience"]) == ("17:00", "sì")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n ", "The file is empty."),
        (b"ciao, come stai?", "We found no headings"),
        (b"\xd0\xcf\x11\xe0 old", "old Excel file"),
        (b"PK\x03\x04 not a zip", "We cannot read this file"),
        (b"\x00\x01\x02\x81\x8d", "We cannot read this file"),
        (HEADINGS.encode(), "no rows below"),
        (TEXT.replace("Titolo", "Nota").encode(), "These columns are missing: Titolo."),
        (TEXT.replace("Posti", "Boh").encode(), "These columns are missing: Posti."),
        (TEXT.replace("Organizzazione", "Data").encode(), "These columns appear twice: Date."),
        (TEXT.replace("Rap;", "Rap" + "x" * 11_000 + ";").encode(), "Row 2, column “Titolo”: the text is longer"),
        (f'{HEADINGS}\nA;"{"x" * 140_000}'.encode(), "quotation mark"),
        (b"x" * (reading_module.MAX_BYTES + 1), "larger than 2 MB"),
        ((TEXT + ROW + "\n" * 1 + (ROW + "\n") * reading_module.MAX_ROWS).encode(), "more than 1000 rows"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(content, sentence):
    sheet = read_sheet("x.csv", content)
    assert sheet.rows == ()
    assert sentence in sentences(sheet)
    assert parse_rows(sheet) == []


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    bomb = repacked(workbook(HEADINGS.split(";")), "xl/media/zeros.bin", bytes(70_000_000))
    assert len(bomb) < 200_000
    assert "unpacks to far more" in sentences(read_sheet("x.xlsx", bomb))


def shown_many_times(text: str, lines: int, columns: int) -> bytes:
    """A workbook that holds `text` once and shows it in every one of its cells."""
    name = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    row = "<row>" + '<c t="s"><v>0</v></c>' * columns + "</row>"
    content = workbook(["x"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{name}"/></Types>'
    content = repacked(content, "[Content_Types].xml", types.replace("</Types>", override).encode())
    content = repacked(content, "xl/sharedStrings.xml", f"<sst {space}><si><t>{text}</t></si></sst>".encode())
    sheet = f"<worksheet {space}><sheetData>{row * lines}</sheetData></worksheet>"
    return repacked(content, "xl/worksheets/sheet1.xml", sheet.encode())


@pytest.mark.parametrize(
    ("text", "sentence", "most_cells"),
    [
        ("x" * 1_000_000, "a text is longer than 10000 characters", 1),
        ("x" * 9_000, "unpacks to far more", workbook_module.MAX_CHARACTERS // 9_000 + 1),
        ("x", "unpacks to far more", workbook_module.MAX_CELLS + 1),
    ],
)
def test_a_text_shown_a_million_times_is_refused_before_it_is_looked_at(text, sentence, most_cells, monkeypatch):
    bomb = shown_many_times(text, 15_000, 79)
    assert len(bomb) < 150_000
    read, cleaned = Counter(), Counter()
    monkeypatch.setattr(workbook_module, "_shown", counted(workbook_module._shown, read))
    monkeypatch.setattr(reading_module, "_clean", counted(reading_module._clean, cleaned))
    assert sentence in sentences(read_sheet("x.xlsx", bomb))
    assert (read.total(), cleaned.total()) == (most_cells, 0)


def counted(function, calls: Counter):
    def call(value):
        calls[function.__name__] += 1
        return function(value)

    return call


def test_entities_in_a_workbook_are_refused():
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><workbook>&b;</workbook>'
    assert "not an Excel file" in sentences(
        read_sheet("x.xlsx", repacked(workbook(HEADINGS.split(";")), "xl/workbook.xml", evil))
    )


def test_a_zip_that_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("content.xml", "<ods/>")
    assert "not an Excel file" in sentences(read_sheet("x.ods", stream.getvalue()))


def test_a_workbook_that_claims_a_wrong_size_is_still_read_whole():
    content = workbook(HEADINGS.split(";"), ROW.split(";"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").replace(b'ref="A1:H2"', b'ref="A1"')
    assert titles(read_sheet("x.xlsx", repacked(content, "xl/worksheets/sheet1.xml", xml))) == ["Perché no? Rap"]


def whole(content: bytes) -> None:
    """Reading never raises, and what has no draft says why in both languages."""
    sheet = read_sheet("x", content)
    assert bool(sheet.errors) != bool(sheet.rows)
    for language in ("it", "en"):
        with use_language(language):
            assert all(error.sentence(_) for error in sheet.errors)
            for row in parse_rows(sheet):
                assert (row.draft is None) == bool(row.errors)
                assert all(error.sentence(_, row.line) for error in (*row.errors, *row.notes))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(), st.binary().map(lambda rest: b"PK\x03\x04" + rest), st.text().map(str.encode)))
def test_no_bytes_make_it_crash(content):
    whole(content)


_CELL = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"(ogni (lun|mar) dal )?\d{1,2}/\d{1,2}(/\d{2,4})?( al \d{1,2}/\d{1,2}/2027)?( tranne \d/\d)?", fullmatch=True),
    st.from_regex(r"\d{1,2}([:.]\d{2})? ?[-–] ?\d{1,2}([:.]\d{2})?( legale| solare)?", fullmatch=True),
    st.from_regex(r"[a-z]{1,8} \d{1,3}(-\d{1,3})?(, [a-z]{1,8} \d)?", fullmatch=True),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(_CELL, min_size=8, max_size=8), min_size=1, max_size=3))
def test_no_cells_make_it_crash(rows):
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""').replace("\x00", "") + '"'

    lines = [HEADINGS.replace("Organizzazione", "Ruoli"), *(";".join(quoted(cell) for cell in row) for row in rows)]
    whole("\n".join(lines).encode("utf-8", "replace"))


@cache
def undamaged() -> bytes:
    """One workbook for all examples: the file holds the time at which it was made."""
    return workbook(HEADINGS.split(";"), ROW.split(";"))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_workbook_makes_it_crash(data):
    content = bytearray(undamaged())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    whole(bytes(content))
