"""Every page for everybody: no fault that axe finds, nothing wider than a small phone, in light and in dark."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from civic.kernel import clock
from tests.browser.conftest import DESK, PHONE, Site

OFFICE, OWNER = "ufficio@bologna.example", "sara@ritmo-obliquo.example"
MOTHER, BOY = "chiara@posta.example", "omar@posta.example"
SMALL = {"width": 320, "height": 640}
EVERYTHING = {"resultTypes": ["violations"]}
LOOKS = ((PHONE, "light"), (DESK, "dark"))
"""What differs by width is where things stand, what differs by scheme is colour: two looks meet all four."""
_axe = Axe()

FULL = (
    "/",
    "/laboratori",
    "/laboratori?q=nientediniente&eta=14",
    "/volontariato",
    "/calendario",
    "/organizzazioni",
    "/iniziative",
    "/mappa",
    "/en/laboratori",
    "/non-esiste",
)
"""Pages that are full in the demo town, or empty in a way of their own; `test_every_page` opens every address there is."""
WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(one).position !== 'fixed')
    .slice(0, 3).map(one => one.tagName + '.' + one.className)"""


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with the page that is shown, small and wide, light and dark."""
    found: list[str] = []
    page.evaluate(_axe.axe_script)
    for size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        result = page.evaluate("options => axe.run(options)", EVERYTHING)
        found += [
            f"{page.url} {size['width']} {scheme}: {one['id']} {node['target']} {node['failureSummary'][:300]}"
            for one in result["violations"]
            for node in one["nodes"][:3]
        ]
    page.set_viewport_size(SMALL)
    if page.evaluate("document.documentElement.scrollWidth") > SMALL["width"]:
        found.append(f"{page.url} is wider than a small phone: {page.evaluate(WIDE)}")
    page.set_viewport_size(PHONE)
    return found


def look_at(page: Page, paths) -> list[str]:
    """Return what is wrong with these pages."""
    found: list[str] = []
    for path in paths:
        answer = page.goto(path)
        if answer.status not in ((404,) if path == "/non-esiste" else (200,)):
            found.append(f"{path} answered {answer.status}")
        found += faults_of(page)
    return found


def refused(page: Page, path: str) -> list[str]:
    """Send the main form of the page empty; return what is wrong with how it comes back."""
    page.goto(path)
    page.locator("main form .btn-primary").first.click()
    page.locator(".error-summary").wait_for()
    return faults_of(page)


def an_activity(site: Site, kind: str = "workshop") -> str:
    statement = """SELECT a.slug FROM activity a JOIN opening x ON x.activity_id = a.id AND x.taken < x.capacity
        WHERE a.state = 'published' AND a.kind = :kind AND a.starts_at > :now AND a.signup_opens_at IS NULL
        ORDER BY a.starts_at LIMIT 1"""
    return site.ask(statement, kind=kind, now=clock.now())[0].slug


def test_public_pages(visit, site):
    shown = [
        f"/attivita/{an_activity(site)}",
        f"/attivita/{an_activity(site, 'volunteering')}",
        f"/organizzazioni/{site.ask('SELECT slug FROM organisation ORDER BY id LIMIT 1')[0].slug}",
        f"/programma/{site.ask('SELECT slug FROM action ORDER BY id LIMIT 1')[0].slug}",
    ]
    assert look_at(visit(), (*FULL, *shown)) == []


def test_the_screens_of_signing_up_and_their_errors(visit, site):
    page = visit()
    path = f"/attivita/{an_activity(site)}/iscrizione"
    found = look_at(page, [path, f"{path}/ricevuta", f"{path}/ricevuta?per=genitore"])
    found += refused(page, path)
    for who, year in (("me", 1990), ("me", 2010), ("me", 2014), ("child", 2013)):
        page.goto(path)
        page.locator(f"label[for=who-{0 if who == 'me' else 1}]").click()
        for part, text in (("day", "3"), ("month", "4"), ("year", str(year))):
            page.locator(f"#birth_on-{part}").fill(text)
        page.locator("main form .btn-primary").click()
        page.locator("input[name=step]").wait_for(state="attached")
        found += faults_of(page)
        page.locator("main form .btn-primary").click()
        page.locator(".error-summary").wait_for()
        found += faults_of(page)
    for form in ("/accedi", "/registrati", "/password"):
        found += refused(page, form)
    assert found == []


def test_the_personal_area(visit, site):
    page = visit(MOTHER)
    paths = ["/area-personale", f"/attivita/{an_activity(site)}/iscrizione", signup_of(site, "Leo")]
    found = look_at(page, paths)
    found += refused(page, "/area-personale/figli/nuovo")
    found += refused(page, "/organizzazioni/registra")
    found += look_at(visit(BOY), ["/area-personale", signup_of(site, "Omar")])
    assert found == []


def signup_of(site: Site, name: str) -> str:
    """Return the address of the latest signup of somebody in the demo town."""
    statement = """SELECT s.public_id FROM signup s JOIN person p ON p.id = s.person_id
        WHERE p.given_name = :name ORDER BY s.id DESC LIMIT 1"""
    return f"/iscrizioni/{site.ask(statement, name=name)[0].public_id}"


def test_the_desk(visit, site):
    page = visit(OWNER)
    row = site.ask("""SELECT g.slug, a.public_id, o.public_id AS meeting FROM activity a
        JOIN occurrence o ON o.activity_id = a.id JOIN organisation g ON g.id = a.organisation_id
        WHERE a.title = 'Percussioni in cerchio' ORDER BY o.starts_at LIMIT 1""")[0]
    base = f"/gestione/{row.slug}"
    own = f"{base}/attivita/{row.public_id}"
    found = look_at(page, [base, f"{base}/attivita", own, f"{own}/incontri/{row.meeting}/presenze"])
    found += refused(page, f"{base}/attivita/nuova")
    found += refused(page, f"{base}/importa")
    assert found == []


def test_the_administration(visit):
    assert refused(visit(OFFICE), "/amministrazione/ruoli") == []
