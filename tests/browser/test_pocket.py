"""The attendance sheet on a phone: taken along, marked without network, sent later; and two who mark differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from civic.accounts.models import Account
from civic.activities.door_codes import mark_of
from civic.activities.models import Occurrence, Opening
from civic.care.services import writing
from civic.care.types import Collection, Collector
from civic.kernel import clock
from civic.kernel.db import release, session, transaction
from civic.organisations.models import Organisation
from tests import factories as make
from tests.browser.conftest import Site
from tests.care import TEXT, family

SHEET = "/presenze"
NONNA = Collector("Nonna Ada", "+393331234567")
DATABASES = "async () => (await indexedDB.databases()).map(one => one.name)"
KEPT = """async () => new Promise((resolve) => { const asked = indexedDB.open('foglio-in-tasca')
  asked.onsuccess = () => { const db = asked.result
    if (!db.objectStoreNames.contains('sheets')) { db.close(); return resolve(0) }
    const all = db.transaction('sheets').objectStore('sheets').getAll()
    all.onsuccess = () => { db.close(); resolve(all.result.length) } } })"""
MARKED = "SELECT a.state, a.minutes FROM attendance a JOIN occurrence o ON o.id = a.occurrence_id WHERE o.public_id = :meeting"


@dataclass
class Meeting:
    """A workshop that began ten minutes ago: five are expected, the first is a child whom the grandmother collects."""

    site: Site
    id: str
    base: str
    coordinator: str
    organisation_id: int
    signups: list[str]

    def marked(self) -> list[str]:
        """Return what is marked on the site, as it is counted."""
        return sorted(row.state for row in self.site.ask(MARKED, meeting=self.id))

    def change(self, statement: str, **values) -> None:
        """Change something behind the back of the phone."""
        with self.site.app.app_context():
            with transaction():
                session().execute(sa.text(statement), values)
            release()

    def sign_in(self, page: Page, email: str) -> None:
        """Sign somebody else in on this phone, after a session that nobody ended."""
        name = self.site.app.config["SESSION_COOKIE_NAME"]
        page.context.add_cookies([{"name": name, "value": self.site.cookie_of(email), "url": self.site.url}])

    def take(self, page: Page) -> Page:
        """Take the sheet along, as one does it before leaving."""
        page.goto(f"{self.base}{SHEET}")
        page.get_by_role("link", name="Porta con te il foglio").click()
        expect(page.locator("[data-part=bar-text]")).to_have_text("C'è rete: è tutto inviato.")
        expect(page.get_by_text("Questo foglio si apre anche senza rete.")).to_be_visible()
        return page


@pytest.fixture
def meeting(site) -> Iterator[Meeting]:
    with site.app.app_context():
        with transaction():
            one = family(age_max=99, capacity=5)
            writing.write_collection(one.guardian, one.signup, Collection(False, (NONNA,)), TEXT)
            opening = session().scalar(sa.select(Opening).where(Opening.activity_id == one.activity.id))
            signups = [one.signup, *(make.signed_up(opening)[2] for _ in range(4))]
            row = session().scalars(sa.select(Occurrence).where(Occurrence.activity_id == one.activity.id)).first()
            slug = session().scalar(sa.select(Organisation.slug).where(Organisation.id == one.activity.organisation_id))
            email = session().scalar(sa.select(Account.email).where(Account.person_id == one.coordinator.person_id))
            base = f"/gestione/{slug}/attivita/{one.activity.public_id}/incontri/{row.public_id}"
            found, starts_at = Meeting(site, row.public_id, base, email, one.activity.organisation_id, signups), row.starts_at
        release()
    with clock.frozen(starts_at + timedelta(minutes=10)):
        yield found


def person(page: Page, signup: str):
    return page.locator(f"[data-id='{signup}']")


def tap(page: Page, signup: str, label: str) -> None:
    person(page, signup).get_by_label(label, exact=True).click()


def test_five_are_marked_without_network_and_sent_when_it_is_back(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="Il foglio in tasca")).to_be_visible()
    for signup in meeting.signups[:3]:
        tap(page, signup, "Presente")
    tap(page, meeting.signups[3], "Assente")
    page.get_by_label("Codice mostrato all'ingresso").fill(mark_of(meeting.signups[4]))
    page.get_by_role("button", name="Segna l'arrivo").click()
    expect(page.locator("[data-part=said-text]")).to_contain_text("con 10 minuti di ritardo")
    expect(page.locator("[data-part=bar-text]")).to_have_text("Senza rete: 5 segni da inviare.")
    assert meeting.marked() == []
    page.reload()
    expect(person(page, meeting.signups[0]).get_by_label("Presente")).to_be_checked()
    page.context.set_offline(False)
    expect(page.locator("[data-part=bar-text]")).to_have_text("C'è rete: è tutto inviato.")
    assert meeting.marked() == ["absent", "late", "present", "present", "present"]


def test_a_child_is_seen_home_without_network(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    page.context.set_offline(True)
    child = meeting.signups[0]
    tap(page, child, "Presente")
    expect(page.locator("[data-part=waiting-text]")).to_have_text("1 bambino aspetta ancora qualcuno.")
    person(page, child).get_by_role("button", name="Nonna Ada").click()
    expect(page.locator("[data-part=waiting]")).to_be_hidden()
    expect(person(page, child).locator("[data-part=gone]")).to_contain_text("Uscita con Nonna Ada alle")
    page.context.set_offline(False)
    expect(page.locator("[data-part=bar-text]")).to_have_text("C'è rete: è tutto inviato.")
    page.goto(f"{meeting.base}/uscita")
    expect(page.locator("main")).to_contain_text("Uscita con Nonna Ada alle")


def test_two_phones_that_disagree_are_both_heard_and_the_later_counts(visit, meeting):
    one, other = (meeting.take(visit(meeting.coordinator)) for _ in range(2))
    signup = meeting.signups[1]
    for page in (one, other):
        page.context.set_offline(True)
    tap(one, signup, "Presente")
    expect(one.locator("[data-part=bar-text]")).to_have_text("Senza rete: 1 segno da inviare.")
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        tap(other, signup, "Assente")
        expect(other.locator("[data-part=bar-text]")).to_have_text("Senza rete: 1 segno da inviare.")
        for page in (other, one):
            page.context.set_offline(False)
            expect(page.locator("[data-part=bar-text]")).to_have_text("C'è rete: è tutto inviato.")
        assert meeting.marked() == ["absent"]
        expect(person(one, signup).locator("[data-part=conflict]")).to_contain_text("Due segni diversi: «Presente»")
        one.goto(f"{meeting.base}{SHEET}")
        expect(one.locator(".mark-conflict")).to_contain_text("poi «Assente»")
        one.get_by_label("È giusto come segnato qui").check()
        one.get_by_role("button", name="Salva le presenze", exact=True).click()
        expect(one.locator(".mark-conflict")).to_have_count(0)


def test_whoever_signs_out_is_asked_about_marks_that_are_not_sent_and_then_nothing_is_kept(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    asked: list[str] = []
    page.context.set_offline(True)
    tap(page, meeting.signups[1], "Presente")
    expect(page.locator("[data-part=bar-text]")).to_have_text("Senza rete: 1 segno da inviare.")
    page.route("**/presenze/tasca**", lambda route: route.abort())
    page.context.set_offline(False)
    page.goto(f"{meeting.base}{SHEET}")

    def sign_out(answer: str) -> None:
        page.once("dialog", lambda dialog: (asked.append(dialog.message), getattr(dialog, answer)()))
        page.locator(".person-menu summary").click()
        page.get_by_role("button", name="Esci").click()

    sign_out("dismiss")
    assert "ci sono presenze non ancora inviate (1)" in asked[0]
    page.reload()
    sign_out("accept")
    expect(page.get_by_text("Sei uscito").or_(page.get_by_text("Hai terminato"))).to_be_visible()
    assert page.evaluate(DATABASES) == []


def test_codes_of_nobody_and_of_elsewhere_have_their_sentences(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))

    def enter(code: str, sentence: str) -> None:
        page.get_by_label("Codice mostrato all'ingresso").fill(code)
        page.get_by_role("button", name="Segna l'arrivo").click()
        expect(page.locator("[data-part=said-text]")).to_contain_text(sentence)

    enter("ZZZZZZ", "Nessuno di questo incontro ha questo codice")
    enter(mark_of("b" * 16), "Questo codice è di un'altra attività")
    enter(mark_of(meeting.signups[1]), "è dentro")
    enter(mark_of(meeting.signups[1]), "è già dentro, dalle")


def test_the_sheet_is_readable_by_everybody(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    tap(page, meeting.signups[0], "Presente")
    expect(page.locator("[data-part=waiting]")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    page.screenshot(path="/tmp/shots/pocket-phone.png", full_page=True)


def test_a_mark_that_is_refused_for_good_is_read_once_and_the_names_are_gone(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    page.context.set_offline(True)
    tap(page, meeting.signups[1], "Presente")
    expect(page.locator("[data-part=bar-text]")).to_have_text("Senza rete: 1 segno da inviare.")
    ended = "UPDATE membership SET ended_at = :now WHERE organisation_id = :of"
    meeting.change(ended, of=meeting.organisation_id, now=clock.now())
    page.context.set_offline(False)
    expect(page.locator("[data-part=refused-list] li")).to_have_count(1)
    expect(page.locator("[data-part=one]")).to_be_hidden()
    assert page.evaluate(KEPT) == 0
    page.get_by_role("button", name="Ho capito").click()
    expect(page.locator("[data-part=refused]")).to_be_hidden()


def test_when_somebody_else_signs_in_the_names_go_and_the_marks_wait_for_who_made_them(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    page.context.set_offline(True)
    tap(page, meeting.signups[1], "Presente")
    expect(page.locator("[data-part=bar-text]")).to_have_text("Senza rete: 1 segno da inviare.")
    address = page.url
    page.route("**/presenze/tasca**", lambda route: route.abort())
    page.context.set_offline(False)
    with meeting.site.app.app_context():
        with transaction():
            other = make.account()
            make.member(meeting.organisation_id, other.id)
            email = session().scalar(sa.select(Account.email).where(Account.person_id == other.id))
        release()
    meeting.sign_in(page, email)
    page.goto("/area-personale")
    page.unroute("**/presenze/tasca**")
    page.goto("/gestione/foglio-in-tasca")
    expect(page.locator("[data-part=none]")).to_be_visible()
    assert page.evaluate(KEPT) == 0 and meeting.marked() == []
    meeting.sign_in(page, meeting.coordinator)
    page.goto("/area-personale")
    page.goto("/gestione/foglio-in-tasca")
    expect(page.locator("[data-part=none]")).to_be_visible()
    for _ in range(50):
        if page.evaluate("localStorage.getItem('unsent-marks')") is None:
            break
        page.wait_for_timeout(100)
    assert meeting.marked() == ["present"]
    page.goto(address)
    expect(page.locator("[data-part=bar-text]")).to_have_text("C'è rete: è tutto inviato.")
    assert meeting.marked() == ["present"]


def test_what_a_family_takes_back_is_on_no_phone_after_the_next_minute(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    tap(page, meeting.signups[0], "Presente")
    button = person(page, meeting.signups[0]).get_by_role("button", name="Nonna Ada")
    expect(button).to_be_visible()
    meeting.change("DELETE FROM collection_note")
    tap(page, meeting.signups[1], "Presente")
    expect(button).to_have_count(0)
    assert sorted(meeting.marked()) == ["present", "present"]


def test_a_child_who_went_with_somebody_else_is_written_and_the_sentence_stays(visit, meeting):
    page = meeting.take(visit(meeting.coordinator))
    tap(page, meeting.signups[0], "Presente")
    page.context.set_offline(True)
    meeting.change("DELETE FROM collection_note")
    person(page, meeting.signups[0]).get_by_role("button", name="Nonna Ada").click()
    page.context.set_offline(False)
    expect(page.locator("[data-part=refused-list]")).to_contain_text("chiama subito la famiglia")
    expect(person(page, meeting.signups[0]).locator("[data-part=gone]")).to_contain_text("Uscita con Nonna Ada")
