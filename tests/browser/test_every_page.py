"""Every address of the site, found by itself, as whoever may open it: no fault that axe finds. A new one is looked at too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from civic.activities.models import Signup
from civic.activities.services.drawing import draw
from civic.activities.types import EntryMode, SignupState
from civic.certificates.services.asking import ask_for_documents
from civic.certificates.services.preparing import prepare_some
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.web.access import ACCESS
from tests import factories as make
from tests.browser.conftest import Site, morning, serving, visiting
from tests.browser.test_pages import faults_of, look_at
from tests.registers import ABSENT, PRESENT, Course
from tests.web import cast as casting
from tests.web.conftest import give_authenticator
from tests.web.test_access import rules_of, url_of

NO_PAGES = {
    "health.health",
    "static_pages.robots",
    "desk.people_csv",
    "desk.register_csv",
    "desk.pocket_sheet",
    "desk.pocket_state",
    "desk.pocket_worker",
    "certificates.document",
    "certificates.linked",
    "door.own",
    "door.linked",
    "draws.draw_csv",
    "calendars.feed",
    # A mail has styles of its own: how it looks is for the tests of mails.
    "administration.preview",
}
"""What is read by machines or saved as a file."""
ONLY_ON_THE_WAY = {"accounts.second_factor", "signing_up.received", "accounts.received"}
"""Pages that one is sent to in the middle of something: looked at by name below, or in the screens of signing up."""
FOR_ONE_OFFICE = {"administration.safeguarding", "administration.counselling", "administration.announcements"}
FOR_WHO_ANSWERS = {"care.linked_record"}
"""What the link of the young person does not open: looked at as the guardian who is signed in, where it is the same page."""
OF_A_DRAW = {"draws.draw"}
"""Pages that only an activity has whose places are drawn: looked at by name below."""
"""Pages of the administration that not even its administrator opens: looked at by name below."""
WHO = {"signed_in": "guardian", "desk": "owner", "administration": "administrator"}
ERRORS = (400, 403, 404, 405, 413, 429, 500, 503)
SEASON = "Codice;Tipo;Titolo;Date;Orario;Luogo;Posti\nA-1;laboratorio;Rap;14/12/2026;17:00-19:00;Casa Gialla;12\nA-2;boh;;;;;\n"


class Town:
    """The cast, a signup of the adult in every state, and who is asked for a code."""

    def __init__(self) -> None:
        self.signups: dict[str, str] = {}

    def fill(self) -> None:
        with transaction():
            self.cast = casting.assemble()
            for state in SignupState:
                self.signups[state.value] = self._signup(state)
            self.registers = self._registers()
            self.draws = [self._draw(is_over) for is_over in (False, True)]
            self.asked = make.account()
            give_authenticator(self.asked)
        self.emails = {name: person.email for name, person in self.cast.people.items()}

    def _registers(self) -> list[str]:
        """Return the addresses of registers on their way: a mark missing, ready to be closed, closed, files under way."""
        base = f"/gestione/{self.cast.values['organisation']}/attivita"
        found = []
        for step in range(4):
            course = Course(ago=timedelta(weeks=4), by=(self.cast.organisation, self.cast.course.coordinator))
            course.class_of(2, [PRESENT, PRESENT, None if step == 0 else ABSENT])
            if step > 1:
                course.close()
            if step > 2:
                ask_for_documents(course.coordinator, course.activity.public_id)
                prepare_some("https://insieme.example", 1)
            found.append(f"{base}/{course.activity.public_id}/registro")
        return found

    def _draw(self, is_over: bool) -> str:
        """Publish places to be drawn that three people ask for, and draw them if it `is_over`; return the activity's slug."""
        when = {"entry_mode": EntryMode.DRAW, "draw_at": clock.now() + timedelta(days=1), "starts_in": timedelta(days=9)}
        activity, opening, _ = make.published(capacity=1, title="Estrazione", **when)
        for _ in range(3):
            make.signed_up(opening)
        if is_over:
            with clock.frozen(when["draw_at"]):
                draw(opening.id)
        return activity.slug

    def _signup(self, state: SignupState) -> str:
        adult = self.cast.people["adult"]
        _, opening, _ = make.published(capacity=3, title=f"Stato {state.value}")
        public_id = casting.sign_up(make.actor_of(adult), casting.Entry(opening.public_id, adult.id, casting.new_public_id()))
        held = state in (SignupState.OFFERED, SignupState.PENDING_GUARDIAN, SignupState.UNCONFIRMED)
        values = {"state": state, "hold_until": clock.now() + timedelta(hours=5) if held else None}
        session().execute(sa.update(Signup).where(Signup.public_id == public_id).values(**values))
        return public_id


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


@pytest.fixture(scope="module")
def served_cast(services, town) -> Iterator[Site]:
    with serving(services.another("every_page"), town.fill) as site:
        yield site


@pytest.fixture
def look(browser, served_cast) -> Iterator[Callable[..., Page]]:
    with morning(served_cast), visiting(browser, served_cast) as new_page:
        yield new_page


def addresses(site: Site, town: Town, level: str) -> list[str]:
    """Return the address of every page of the site that is for `level`."""
    rules = [rule for rule in rules_of(site.app) if "GET" in rule.methods and ACCESS[rule.endpoint].value == level]
    assert rules
    elsewhere = NO_PAGES | ONLY_ON_THE_WAY | FOR_ONE_OFFICE | FOR_WHO_ANSWERS | OF_A_DRAW
    return [url_of(rule, town.cast.values) for rule in rules if rule.endpoint not in elsewhere]


def test_public_pages_and_those_behind_mailed_links(look, served_cast, town):
    assert look_at(look(), addresses(served_cast, town, "public")) == []


@pytest.mark.parametrize("level", WHO)
def test_pages_for_some(look, served_cast, town, level):
    assert look_at(look(town.emails[WHO[level]]), addresses(served_cast, town, level)) == []


def test_a_signup_in_every_state(look, town):
    page = look(town.emails["adult"])
    assert look_at(page, [f"/iscrizioni/{public_id}" for public_id in town.signups.values()]) == []


def test_a_register_on_its_way(look, town):
    assert look_at(look(town.emails["owner"]), town.registers) == []


def test_a_draw_before_and_after(look, town):
    adult = look(town.emails["adult"])
    assert look_at(adult, [f"/attivita/{slug}/estrazione" for slug in town.draws]) == []
    assert look_at(adult, [f"/attivita/{slug}" for slug in town.draws]) == []


def test_who_watches_over_minors(look, town):
    base = "/amministrazione/tutela"
    pages = [base, f"{base}?q=zzz", f"{base}/messaggi", f"{base}/ascolto", f"{base}/ascolto?q=zzz"]
    assert look_at(look(town.emails["safeguarding"]), pages) == []


def test_who_is_asked_for_a_code(look, town):
    page = look(town.asked.email, with_second_factor=False)
    assert look_at(page, ["/codice"]) == []


def test_what_would_be_imported(look, town):
    page = look(town.emails["owner"])
    page.goto(f"/gestione/{town.cast.values['organisation']}/importa")
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": SEASON.encode()})
    page.locator("main form .btn-primary").first.click()
    page.locator("main table, main .todo, main li").first.wait_for()
    assert "Rap" in page.locator("main").inner_text()
    assert faults_of(page) == []


def test_every_way_of_saying_no(look):
    assert look_at(look(), [f"/galleria/errore/{code}" for code in ERRORS]) == []
