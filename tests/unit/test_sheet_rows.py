"""A row becomes a draft of an activity, or sentences that name the row, the column and the way out."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from civic.activities.sheet import fingerprint, parse_rows, read_sheet, shift_weeks
from civic.activities.sheet.types import OpeningDraft
from civic.activities.types import ActivityKind, EntryMode
from civic.kernel import clock
from civic.kernel.i18n import _, use_language

GOOD = {
    "Codice": "rap-01",
    "Organizzazione": "Ritmo Obliquo APS",
    "Tipo": "Laboratorio",
    "Titolo": "Rap  in  sala",
    "Descrizione breve": "Scrivi la tua prima strofa.",
    "Descrizione": "Otto incontri.\nPorta le cuffie.",
    "Per chi": "ragazze e ragazzi",
    "Età da": "11",
    "Età a": "14 anni",
    "Date": "ogni giovedì dal 26/11/2026 al 17/12/2026 tranne 10/12",
    "Orario": "17:00-19:00",
    "Luogo": "Casa Gialla",
    "Posti": "12",
    "Minimo": "5",
    "Ruoli": "accompagnatore 1-2",
    "Iscrizioni dal": "23/11/2026 ore 18:00",
    "Iscrizioni al": "25/11/2026",
    "Modalità": "su approvazione",
    "Lingue": "italiano, inglese e arabo",
    "Accessibilità": "Ingresso senza gradini.",
    "Azione": "Accelerazione civica",
    "Contatto": "ciao@ritmo-obliquo.example",
}


def parsed(**changes):
    values = {**GOOD, **{key.replace("_", " "): value for key, value in changes.items()}}
    quoted = ['"' + value.replace('"', '""') + '"' for value in values.values()]
    text = ";".join(values) + "\n" + ";".join(quoted) + "\n"
    (row,) = parse_rows(read_sheet("stagione.csv", text.encode()))
    return row


def told(row, language="en") -> list[str]:
    with use_language(language):
        return [error.sentence(_, row.line) for error in row.errors]


def test_a_whole_row_becomes_a_draft():
    draft = parsed().draft
    assert (draft.code, draft.kind, draft.title) == ("RAP-01", ActivityKind.WORKSHOP, "Rap in sala")
    assert draft.description == "Otto incontri.\nPorta le cuffie."
    assert (draft.age_min, draft.age_max) == (11, 14)
    assert [start.date().isoformat() for start, _end in draft.occurrences] == ["2026-11-26", "2026-12-03", "2026-12-17"]
    assert draft.occurrences[0][0] == datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert draft.signup_opens_at == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert draft.signup_closes_at == datetime(2026, 11, 25, 22, 59, tzinfo=UTC)
    assert (draft.entry_mode, draft.languages) == (EntryMode.APPROVAL, ("it", "en", "ar"))
    assert (draft.action_slug, draft.place_name) == ("accelerazione-civica", "Casa Gialla")


def test_young_peoples_places_and_volunteers_roles_stand_side_by_side():
    assert parsed().draft.openings == (
        OpeningDraft(ActivityKind.WORKSHOP, "partecipante", 5, 12, per_occurrence=False),
        OpeningDraft(ActivityKind.VOLUNTEERING, "accompagnatore", 1, 2, per_occurrence=True),
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("accompagnatore 2-3, cucina 1-1", [("accompagnatore", 2, 3), ("cucina", 1, 1)]),
        ("Accompagnatore: 2–3; Cucina (1)", [("accompagnatore", 2, 3), ("cucina", 0, 1)]),
        ("3 autisti\n2-4 in magazzino", [("autisti", 0, 3), ("in magazzino", 2, 4)]),
    ],
)
def test_roles_of_a_shift_are_understood(typed, expected):
    draft = parsed(Tipo="volontariato", Posti="", Minimo="", Ruoli=typed).draft
    assert [(o.role, o.minimum, o.capacity) for o in draft.openings] == expected
    assert all(opening.per_occurrence and opening.kind is ActivityKind.VOLUNTEERING for opening in draft.openings)


def test_what_one_signs_up_for_follows_the_kind_unless_the_file_says():
    assert parsed(Tipo="evento", Ruoli="").draft.openings[0].per_occurrence
    assert not parsed(Tipo="corso", Ruoli="").draft.openings[0].per_occurrence
    assert parsed(Iscrizione_per="ogni incontro").draft.openings[0].per_occurrence
    assert not parsed(Tipo="turno", Ruoli="", Iscrizione_per="tutto il corso").draft.openings[0].per_occurrence


def test_what_may_be_left_out():
    row = parsed(
        **{
            key.replace(" ", "_"): ""
            for key in GOOD
            if key not in ("Codice", "Tipo", "Titolo", "Date", "Orario", "Luogo", "Posti")
        }
    )
    assert row.errors == ()
    draft = row.draft
    assert (draft.age_min, draft.age_max, draft.action_slug, draft.signup_opens_at) == (None, None, None, None)
    assert (draft.entry_mode, draft.languages) == (EntryMode.INSTANT, ("it",))


@pytest.mark.parametrize("typed", ["11-14", "dai 11 ai 14 anni", "11–14 anni"])
def test_both_ages_may_stand_in_one_cell(typed):
    draft = parsed(Età_da="", Età_a="", Età=typed).draft
    assert (draft.age_min, draft.age_max) == (11, 14)


@pytest.mark.parametrize(
    ("column", "typed", "sentence"),
    [
        ("Codice", "", "Row 2, column “Codice”: Give the activity a code of your own"),
        ("Codice", "rap 01", "is no code"),
        ("Tipo", "gita", "“gita” is none of: laboratorio, volontariato, formazione, evento."),
        ("Titolo", "", "Row 2, column “Titolo”: This cannot be empty."),
        ("Titolo", "x" * 121, "This is longer than 120 characters."),
        ("Titolo", "x", "“x” is too short."),
        ("Età da", "undici", "“undici” is not a whole number."),
        ("Età da", "15", "Row 2, column “Età a”: The ages are the wrong way round: from 15 to 14."),
        ("Età a", "200", "200 is too many: at most 120."),
        ("Date", "boh", "Row 2, column “Date”: “boh” is no date we understand."),
        ("Orario", "sera", "Row 2, column “Orario”: “sera” is no time we understand."),
        ("Luogo", "", "Row 2, column “Luogo”: This cannot be empty."),
        ("Posti", "molti", "“molti” is not a whole number."),
        ("Posti", "0", "The places must be between 1 and 5000."),
        ("Posti", "4", "The minimum (5) is greater than the places (4)."),
        ("Posti", "", "How many places are there?"),
        ("Ruoli", "cucina", "“cucina” is no role we understand."),
        ("Ruoli", "cucina 1, Cucina 2", "The role “cucina” is written twice."),
        ("Ruoli", "cucina 3-2", "The minimum (3) is greater than the places (2)."),
        ("Iscrizioni al", "22/11/2026", "Sign-up must close after it opens."),
        ("Iscrizioni al", "31/12/2026", "Sign-up cannot close after the last meeting is over."),
        ("Iscrizioni dal", "presto", "“presto” is no date we understand."),
        ("Iscrizioni dal", "23/11/2026 alle 27:00", "“27:00” is not a time of day."),
        ("Modalità", "sorteggio", "“sorteggio” is none of: immediata, su approvazione."),
        ("Lingue", "italiano, klingon", "We do not know the language “klingon”."),
        ("Azione", "Mobilità", "“Mobilità” is none of the actions: povertà abitativa, collaborazione civica, accelerazione."),
        ("Contatto", "scrivi a ciao@ritmo", "“ciao@ritmo” does not look like an e-mail address."),
    ],
)
def test_each_mistake_is_told_at_its_column(column, typed, sentence):
    row = parsed(**{column.replace(" ", "_"): typed})
    assert row.draft is None
    (one,) = told(row)
    assert sentence in one


def test_every_mistake_of_a_row_is_told_at_once_and_in_italian():
    row = parsed(Titolo="", Date="31/2/2027", Lingue="klingon")
    assert told(row, "it") == [
        "Riga 2, colonna «Date»: «31/2/2027» non esiste sul calendario.",
        "Riga 2, colonna «Titolo»: Qui bisogna scrivere qualcosa.",
        "Riga 2, colonna «Lingue»: Non conosciamo la lingua «klingon».",
    ]


def test_places_of_a_shift_must_be_the_sum_of_its_roles():
    assert parsed(Tipo="turno", Posti="2", Minimo="").draft is not None
    assert "The places (12) are not the sum of those of the roles (2)." in told(parsed(Tipo="turno", Minimo=""))[0]


def test_a_code_used_twice_names_the_other_row():
    header = "Codice;Tipo;Titolo;Date;Orario;Luogo;Posti\n"
    line = "A1;evento;Festa;26/11/2026;17-19;Graf;10\n"
    first, second = parse_rows(read_sheet("x.csv", (header + line + line.replace("A1", "a1")).encode()))
    assert first.draft is not None
    assert told(second) == ["Row 3, column “Codice”: The code A1 is also on row 2."]


def test_a_row_with_more_cells_than_headings_is_told():
    header = "Codice;Tipo;Titolo;Date;Orario;Luogo;Posti\n"
    (row,) = parse_rows(read_sheet("x.csv", (header + "A1;evento;Festa;26/11/2026;17-19;Graf;10;e poi\n").encode()))
    assert told(row) == ["Row 2: There are more cells than headings: a text with ; or , in it needs quotation marks around it."]


def test_a_note_stands_at_the_column_of_the_dates():
    row = parsed(Date="ogni giovedì dal 26/11/2026 al 17/12/2026 tranne 8/12")
    assert row.draft is not None
    with use_language("en"):
        assert [note.sentence(_, row.line) for note in row.notes] == [
            "Row 2, column “Date”: 08/12/2026 was not one of the days anyway."
        ]


def test_the_fingerprint_is_the_same_until_something_changes():
    draft = parsed().draft
    assert fingerprint(draft) == fingerprint(parsed(Orario="17.00 - 19.00", Titolo="Rap in sala").draft)
    assert len(fingerprint(draft)) == 64
    for change in ({"title": "Altro"}, {"occurrences": draft.occurrences[:2]}, {"openings": draft.openings[:1]}):
        assert fingerprint(replace(draft, **change)) != fingerprint(draft)


def test_a_season_ahead_stays_where_it_is():
    rows = [parsed()]
    assert shift_weeks(rows, date(2026, 11, 22)) == rows


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2027, 3, 20), date(2028, 2, 29)])
def test_a_season_that_has_begun_moves_by_whole_weeks_and_keeps_its_wall_clock(today):
    (row,) = shift_weeks([parsed()], today)
    before = parsed().draft
    local = [clock.to_rome(start) for start, _end in row.draft.occurrences]
    assert all(start.weekday() == 3 and start.strftime("%H:%M") == "17:00" for start in local)
    assert 4 <= (local[0].date() - today).days < 11
    moved = clock.to_rome(row.draft.signup_opens_at)
    assert (local[0].date() - moved.date()).days == 3
    assert (moved.hour, clock.to_rome(before.signup_opens_at).hour) == (18, 18)


def test_rows_without_a_draft_stay_in_a_shifted_season():
    bad = parsed(Titolo="")
    good = parsed()
    assert shift_weeks([bad], date(2027, 1, 1)) == [bad]
    assert shift_weeks([bad, good], date(2027, 1, 1))[0] is bad
