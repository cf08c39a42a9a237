"""What people come here to do, done by them: on a phone, with the mails that follow."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from civic.kernel import clock
from tests.browser.conftest import DESK, Site
from tests.factories import NOW

OWNER = "sara@ritmo-obliquo.example"


def press(page: Page, name: str) -> None:
    """Press the button, or follow the link, that is called so in the middle of the page."""
    main = page.locator("main")
    main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first.click()


def fill(page: Page, **values: str) -> None:
    for name, text in values.items():
        page.locator(f"[name={name}]").fill(text)


def choose(page: Page, *labels: str) -> None:
    """Tick or choose what is called so."""
    for label in labels:
        page.locator("main label").get_by_text(label, exact=False).first.click()


def born(page: Page, day: int, month: int, year: int) -> None:
    for part, number in (("day", day), ("month", month), ("year", year)):
        page.locator(f"#birth_on-{part}").fill(str(number))


def day_in(days: int) -> str:
    return (NOW + timedelta(days=days)).date().isoformat()


class Organiser:
    """The owner of an organisation at the desk."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site
        self.base = f"/gestione/{site.ask(OWN_SLUG)[0].slug}"

    def post(self, title: str, kind: str, *, times: int = 1, days: int = 14, roles=(("", 1, "whole"),), ages=None) -> str:
        """Write and publish an activity; return the slug of its public page."""
        page = self.page
        page.goto(f"{self.base}/attivita/nuova")
        for _ in roles[1:]:
            press(page, "Un altro ruolo")
        fill(page, title=title)
        page.locator(f"input[name=kind][value={kind}] + label").click()
        self._rows(times, days, roles)
        if ages:
            fill(page, age_min=str(ages[0]), age_max=str(ages[1]))
        press(page, "Salva la bozza")
        if kind == "workshop":
            page.locator("#conduce-person").select_option(index=0)
            page.locator("form:has(#conduce-person) button").click()
        press(page, "Pubblica")
        expect(page.locator("main h1")).to_have_text(title)
        press(page, "Vedi la pagina pubblica")
        return page.url.rsplit("/", 1)[1]

    def _rows(self, times: int, days: int, roles) -> None:
        page = self.page
        for name, text in (("day", day_in(days)), ("starts", "17:00"), ("ends", "19:00"), ("times", str(times))):
            page.locator(f"[name=meetings-0-{name}]").fill(text)
        for number, (role, capacity, scope) in enumerate(roles):
            page.locator(f"[name=openings-{number}-role]").fill(role)
            page.locator(f"[name=openings-{number}-capacity]").fill(str(capacity))
            page.locator(f"[name=openings-{number}-scope]").select_option(scope)

    def open(self, title: str) -> None:
        """Go to the desk's page of the activity."""
        self.page.goto(f"{self.base}/attivita")
        self.page.locator("main").get_by_role("link", name=title).first.click()


OWN_SLUG = """SELECT g.slug FROM organisation g JOIN membership m ON m.organisation_id = g.id
    JOIN account a ON a.person_id = m.person_id
    WHERE a.email = 'sara@ritmo-obliquo.example' AND g.name LIKE 'Ritmo Obliquo%'"""


@pytest.fixture
def organiser(visit, site) -> Organiser:
    return Organiser(visit(OWNER, DESK), site)


def start(page: Page, slug: str, who: str, birth: tuple[int, int, int]) -> None:
    """Go from the page of the activity to the second screen of signing up."""
    page.goto(f"/attivita/{slug}")
    page.locator("aside.join a.btn").first.click()
    choose(page, who)
    born(page, *birth)
    press(page, "Continua")


def an_adult_signs_up(page: Page, site: Site, slug: str, name: str, *, joins_queue: bool = False) -> str:
    """Let a newcomer sign up and confirm the address; return it."""
    address = f"{name.lower()}@posta.example"
    start(page, slug, "Io", (4, 5, 1988))
    fill(page, given_name=name, family_name="Prova", email=address)
    choose(page, "Ho letto come")
    page.locator("main form .btn-primary").click()
    expect(page.locator("main h1")).to_have_text("Guarda la tua posta")
    mail = site.mail(address, "Conferma")
    assert ("lista d'attesa" in mail.text) == joins_queue
    page.goto(site.path_in(mail, "/conferma/"))
    press(page, "Sì, confermo")
    return address


def test_an_organisation_posts_a_workshop_of_four_meetings_and_a_shift_with_two_roles(visit, site):
    for size in (None, DESK):
        organiser = Organiser(visit(OWNER, size), site)
        label = "grande" if size else "piccolo"
        slug = organiser.post(f"Podcast {label}", "workshop", times=4, roles=(("", 12, "whole"),), ages=(11, 19))
        page = visit()
        page.goto(f"/attivita/{slug}")
        expect(page.locator("main")).to_contain_text("4 incontri")
        slug = organiser.post(f"Festa {label}", "volunteering", roles=(("Accoglienza", 2, "meeting"), ("Cucina", 3, "meeting")))
        page.goto(f"/attivita/{slug}")
        expect(page.locator("aside.join")).to_contain_text("Accoglienza")
        expect(page.locator("aside.join")).to_contain_text("Cucina")


def test_a_guardian_enrols_a_thirteen_year_old(visit, site, organiser):
    slug = organiser.post("Radio dei tredici", "workshop", times=2, roles=(("", 5, "whole"),), ages=(11, 19))
    page = visit()
    start(page, slug, "Mio figlio", (2, 3, 2013))
    fill(page, child_given_name="Pietro", child_family_name="Neri", given_name="Elena", family_name="Neri")
    fill(page, email="elena@posta.example")
    choose(page, "Sono un adulto", "Autorizzo", "Ho letto come")
    page.locator("main form .btn-primary").click()
    expect(page.locator("main h1")).to_have_text("Guarda la tua posta")
    page.goto(site.path_in(site.mail("elena@posta.example"), "/conferma/"))
    press(page, "Sì, confermo")
    expect(page.locator("main")).to_contain_text("Pietro Neri")
    mail = site.mail("elena@posta.example")
    assert "Pietro" in mail.text and "Pietro" not in mail.subject
    assert "".join(mail.calendars).count("BEGIN:VEVENT") == 2


def test_a_sixteen_year_old_signs_up_and_the_guardian_authorises_by_the_link_in_the_mail(visit, site, organiser):
    slug = organiser.post("Teatro dei sedici", "workshop", roles=(("", 5, "whole"),), ages=(14, 19))
    page, guardian = visit(), visit()
    start(page, slug, "Io", (1, 2, 2010))
    fill(page, given_name="Zoe", family_name="Riva", email="zoe@posta.example", guardian_email="mamma.zoe@posta.example")
    choose(page, "Ho letto come")
    page.locator("main form .btn-primary").click()
    page.goto(site.path_in(site.mail("zoe@posta.example"), "/conferma/"))
    press(page, "Sì, confermo")
    expect(page.locator("main")).to_contain_text("Serve il sì di un genitore")
    guardian.goto(site.path_in(site.mail("mamma.zoe@posta.example"), "/autorizzazione/"))
    fill(guardian, name="Anna Riva")
    choose(guardian, "Sono un adulto", "Autorizzo")
    press(guardian, "Autorizzo")
    expect(guardian.locator("main")).to_contain_text("Grazie")
    page.reload()
    expect(page.locator("main .pass")).to_contain_text("Zoe")
    assert site.mail("zoe@posta.example").calendars


def test_the_last_place_goes_to_one_and_a_cancellation_makes_an_offer_to_the_other(visit, site, organiser):
    slug = organiser.post("Un posto solo", "workshop", days=20, ages=(11, 99))
    first, second = visit(), visit()
    an_adult_signs_up(first, site, slug, "Prima")
    expect(first.locator("main .pass")).to_contain_text("Prima")
    second.goto(f"/attivita/{slug}")
    expect(second.locator("aside.join")).to_contain_text("lista d'attesa")
    address = an_adult_signs_up(second, site, slug, "Seconda", joins_queue=True)
    expect(second.locator("main")).to_contain_text("numero 1 della lista d'attesa")
    press_details(first, "Non posso venire")
    press(first, "Sì, disdici")
    offered = site.mail(address)
    second.goto(site.path_in(offered, "/i/"))
    press(second, "Prendi il posto")
    expect(second.locator("main .pass")).to_contain_text("Seconda")


def press_details(page: Page, name: str) -> None:
    page.locator("main details summary").get_by_text(name).click()


def test_a_move_sends_one_message_with_an_updated_calendar_entry(visit, site, organiser):
    slug = organiser.post("Incontro che si sposta", "workshop", days=10, ages=(11, 99))
    address = an_adult_signs_up(visit(), site, slug, "Mara")
    before = site.mail(address).calendars[0]
    site.sink.clear()
    organiser.open("Incontro che si sposta")
    organiser.page.get_by_role("link", name=re.compile("^Sposta")).first.click()
    fill(organiser.page, day=day_in(12))
    press(organiser.page, "Vedi che cosa cambia")
    expect(organiser.page.locator("main")).to_contain_text("1 persona")
    press(organiser.page, "Sì, spostalo")
    expect(organiser.page.locator("body")).to_contain_text("Fra dieci minuti")
    site.sweep()
    assert site.sink.to(address) == []
    with clock.frozen(NOW + timedelta(minutes=11)):
        mail = site.mail(address)
        site.sweep()
    assert len(site.sink.to(address)) == 1
    uid = re.search(r"UID:(\S+)", before)[1]
    assert uid in mail.calendars[0] and "SEQUENCE:1" in mail.calendars[0]
    assert (NOW + timedelta(days=12)).strftime("%Y%m%d") in mail.calendars[0]


def test_signing_up_with_the_keyboard_only(visit, site, organiser):
    slug = organiser.post("Tutto da tastiera", "workshop", ages=(11, 99))
    page = visit(size=DESK)
    page.goto(f"/attivita/{slug}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    reach(page, "aside.join a.btn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/iscrizione*")
    reach(page, "input[name=who]")
    page.keyboard.press("Space")
    for part, text in (("day", "4"), ("month", "5"), ("year", "1988")):
        reach(page, f"#birth_on-{part}")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    for name, text in (("given_name", "Tasti"), ("family_name", "Era"), ("email", "tasti@posta.example")):
        reach(page, f"input[name={name}]")
        page.keyboard.type(text)
    reach(page, "input[name=consent]")
    page.keyboard.press("Space")
    reach(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_have_text("Guarda la tua posta")
    assert "/conferma/" in site.mail("tasti@posta.example").text


def reach(page: Page, selector: str) -> None:
    """Press Tab until the focus is there, and see that it shows."""
    page.locator(selector).first.wait_for(state="attached")
    for _ in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_signing_up_without_javascript(visit, site, organiser):
    slug = organiser.post("Senza script", "workshop", ages=(11, 99))
    page = visit(java_script_enabled=False)
    an_adult_signs_up(page, site, slug, "Nuda")
    expect(page.locator("main .pass")).to_contain_text("Nuda")
    press_details(page, "Non posso venire")
    press(page, "Sì, disdici")
    expect(page.locator("main")).to_contain_text("annullata")
