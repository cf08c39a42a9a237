"""What who runs the site does on the command line."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.draw_order import Ticket, in_order, print_of
from civic.activities.draw_sheet import write_sheet
from civic.kernel import crypto
from tests.factories import NOW

HEADINGS = "Codice;Organizzazione;Tipo;Titolo;Date;Orario;Luogo;Posti\n"
ROW = "{code};Ritmo Obliquo APS;laboratorio;{title};{day};17:00-19:00;Casa Gialla;12\n"
LUCIA = "lucia@posta.example"


def season(tmp_path, *rows: str):
    path = tmp_path / "season.csv"
    path.write_text(HEADINGS + "".join(rows), "utf-8")
    return path


def titles(rows, prefix: str) -> list[str]:
    found = rows("SELECT title FROM activity WHERE import_key LIKE :key ORDER BY import_key", key=f"{prefix}%")
    return [row.title for row in found]


def census(rows) -> dict[str, int]:
    """Return how many rows every table holds, but for what a mere look writes."""
    tables = [row[0] for row in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
    return {name: rows(f"SELECT count(*) FROM {name}")[0][0] for name in tables}


def test_the_demo_town_loaded_twice_is_the_town_loaded_once(run, demo_town):
    before = census(demo_town)
    assert before["activity"] > 60
    run("demo", "load")
    assert census(demo_town) == before


def test_the_demo_town_has_something_to_see_and_to_do_in_every_room(demo_town):
    def number(statement: str) -> int:
        return demo_town(f"SELECT count(*) FROM {statement}")[0][0]

    with_activities = "initiative i WHERE published_at IS NOT NULL AND EXISTS (SELECT FROM activity WHERE initiative_id = i.id)"
    assert number(with_activities) >= 4
    states = dict(demo_town("SELECT state, count(*) FROM signup GROUP BY state"))
    assert {"requested", "waiting", "offered", "pending_guardian", "confirmed"} <= states.keys()
    full = "opening o WHERE taken = capacity AND EXISTS (SELECT FROM signup s WHERE s.opening_id = o.id AND s.state = 'waiting')"
    assert number(full) == 1
    begun = demo_town("SELECT starts_at FROM occurrence WHERE starts_at <= :now ORDER BY starts_at", now=NOW)
    days = [row.starts_at.astimezone(NOW.tzinfo).date() for row in begun]
    assert days == [NOW.date() - timedelta(days=7), NOW.date()]
    assert number("attendance") == 7
    assert number("(SELECT DISTINCT place_id FROM activity) places") >= 19


def test_every_workshop_of_the_demo_town_is_public_but_one_that_shows_what_is_missing(demo_town):
    drafts = demo_town(
        "SELECT import_key, (SELECT count(*) FROM activity_facilitator f WHERE f.activity_id = a.id) AS people"
        " FROM activity a WHERE state = 'draft' AND import_key NOT LIKE '%-_'"
    )
    assert drafts == [("DJ-01", 1)]
    alone = "SELECT count(*) FROM safeguarding_declaration WHERE declared_by_id = person_id"
    assert demo_town(alone) == [(11,)]


def test_every_organisation_of_the_demo_town_has_an_owner_of_its_own(demo_town):
    owners = demo_town(
        "SELECT count(*), count(DISTINCT m.person_id) FROM organisation g JOIN membership m ON m.organisation_id = g.id"
        " AND m.role = 'owner' AND m.ended_at IS NULL"
    )
    assert owners == [(12, 12)]
    sara = demo_town(
        "SELECT g.name FROM organisation g JOIN membership m ON m.organisation_id = g.id"
        " JOIN account c ON c.person_id = m.person_id WHERE c.email = 'sara@ritmo-obliquo.example'"
    )
    assert sara == [("Ritmo Obliquo APS",)]


def test_the_programme_loaded_twice_is_the_programme_loaded_once(run, demo_town):
    before = census(demo_town)
    run("import", "programme")
    assert census(demo_town) == before


def test_the_first_administrator_of_a_site_is_made_on_the_command_line(run, demo_town):
    run("people", "grant", " Lucia@Posta.example ", "platform_administrator")
    assert LUCIA in run("people", "list-roles").output
    granted = "SELECT count(*) FROM audit_entry WHERE action = 'grant_role' AND details ->> 'role' = 'platform_administrator'"
    before = demo_town(granted)[0][0]
    run("people", "grant", LUCIA, "platform_administrator")
    assert demo_town(granted)[0][0] == before


def test_nobody_gets_a_role_who_has_no_account(run, demo_town):
    assert "prima la persona deve registrarsi" in run("people", "grant", "nessuno@posta.example", "officer", exit_code=1).output


def test_a_preview_changes_nothing(run, demo_town, tmp_path):
    before = census(demo_town)
    said = run("import", "activities", season(tmp_path, ROW.format(code="PRE-1", title="Prova", day="14/12/2026")), "--preview")
    assert "+    2  Prova" in said.output
    assert census(demo_town) == before


def test_a_file_with_one_wrong_row_writes_none(run, demo_town, tmp_path):
    good = ROW.format(code="ALL-1", title="Giusta", day="14/12/2026")
    wrong = ROW.format(code="ALL-2", title="Sbagliata", day="31/02/2027")
    said = run("import", "activities", season(tmp_path, good, wrong), "--publish", exit_code=1)
    assert "Riga 3" in said.output
    assert titles(demo_town, "ALL-") == []


def test_the_same_file_twice_writes_once(run, demo_town, tmp_path):
    file = season(tmp_path, *(ROW.format(code=f"DUE-{one}", title=f"Attività {one}", day="14/12/2026") for one in (1, 2)))
    run("import", "activities", file, "--publish")
    assert titles(demo_town, "DUE-") == ["Attività 1", "Attività 2"]
    before = census(demo_town)
    run("import", "activities", file, "--publish")
    assert census(demo_town) == before


def test_an_unknown_organisation_of_a_file_is_told(run, demo_town, tmp_path):
    file = season(tmp_path, ROW.format(code="ORG-1", title="Prova", day="14/12/2026"))
    assert "organizzazione" in run("import", "activities", file, "--organisation", "nessuna", exit_code=1).output


def test_parked_events_are_shown_with_their_reason_and_let_go_again(run, demo_town):
    demo_town(
        "INSERT INTO outbox_event (name, payload, created_at, next_attempt_at, attempts, parked_at, last_error) "
        "VALUES ('SignupConfirmed', '{}', :now, :now, 8, :now, 'TypeError: no signup')",
        now=NOW,
    )
    said = run("outbox", "parked").output
    assert "SignupConfirmed  TypeError: no signup" in said and "1 parked" in said
    assert "1 released" in run("outbox", "release").output
    assert "0 parked" in run("outbox", "parked").output


def test_a_changed_line_of_the_audit_is_found(run, demo_town):
    assert "as it was" in run("audit", "check").output
    demo_town("INSERT INTO audit_seal (day, entries, digest, sealed_at) VALUES ('2026-11-20', 1, '\\x00', :now)", now=NOW)
    assert "2026-11-20" in run("audit", "check", exit_code=1).output
    demo_town("DELETE FROM audit_seal")


def test_an_address_that_was_refused_for_good_is_written_to_again(run, demo_town):
    demo_town(
        "INSERT INTO suppression (address_hash, reason, created_at) VALUES (:hash, 'refused with 550', :now)",
        hash=crypto.keyed_hash(LUCIA),
        now=NOW,
    )
    assert "is written to again" in run("mail", "lift", " Lucia@posta.example").output
    assert "was not suppressed" in run("mail", "lift", LUCIA).output


def test_anybody_checks_a_draw_from_its_file_and_its_seed_alone(run, tmp_path):
    seed = "5eed" * 16
    tickets = in_order(seed, [Ticket(code) for code in ("7hq2m9zkt4", "0b3c4d5e6f", "zzzzzzzzzz")])
    path = tmp_path / "estrazione.csv"
    path.write_text(write_sheet(seed, tickets), "utf-8")
    assert print_of(seed) in run("draw", "check", path, seed).output
    assert "non è quello di questo seme" in run("draw", "check", path, "0" * 64, exit_code=1).output
