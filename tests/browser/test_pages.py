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

PUBLIC = (
    "/",
    "/laboratori",
    "/laboratori?q=nientediniente",
    "/volontariato",
    "/calendario",
    "/organizzazioni",
    "/programma",
    "/iniziative",
    "/mappa",
    "/privacy",
    "/privacy/ragazzi",
    "/accessibilita",
    "/note-legali",
    "/dati-aperti",
    "/accedi",
    "/registrati",
    "/password",
    "/controlla-la-posta",
    "/en/laboratori",
    "/non-esiste",
)
PERSONAL = (
    "/area-personale",
    "/area-personale/dati",
    "/area-personale/dati/indirizzo",
    "/area-personale/dati/scarica",
    "/area-personale/consensi",
    "/area-personale/sicurezza",
    "/area-personale/messaggi",
    "/area-personale/messaggi/preferenze",
    "/area-personale/figli",
    "/area-personale/figli/nuovo",
    "/codice/attiva",
    "/organizzazioni/registra",
)
ADMINISTRATION = (
    "/amministrazione/",
    "/amministrazione/organizzazioni",
    "/amministrazione/organizzazioni?stato=verified",
    "/amministrazione/ruoli",
    "/amministrazione/registro",
)
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
    assert look_at(visit(), (*PUBLIC, *shown)) == []


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
    child = site.ask("SELECT public_id FROM person WHERE given_name = 'Leo' LIMIT 1")[0].public_id
    mine = site.ask("SELECT public_id, state FROM signup ORDER BY id")
    found = look_at(page, (*PERSONAL, f"/area-personale/figli/{child}", f"/attivita/{an_activity(site)}/iscrizione"))
    found += refused(page, "/area-personale/figli/nuovo")
    found += refused(page, "/organizzazioni/registra")
    found += look_at(page, [f"/iscrizioni/{mine[-1].public_id}"])
    found += look_at(visit(BOY), ["/area-personale", f"/iscrizioni/{mine[-2].public_id}"])
    assert found == []


def test_the_desk(visit, site):
    page = visit(OWNER)
    row = site.ask("""SELECT g.slug, a.public_id, o.public_id AS meeting, x.public_id AS opening
        FROM signup s JOIN opening x ON x.id = s.opening_id JOIN activity a ON a.id = x.activity_id
        JOIN occurrence o ON o.activity_id = a.id JOIN organisation g ON g.id = a.organisation_id ORDER BY s.id, o.id LIMIT 1""")[
        0
    ]
    base, own = f"/gestione/{row.slug}", f"/gestione/{row.slug}/attivita/{row.public_id}"
    meeting = f"{own}/incontri/{row.meeting}"
    paths = ["", "/attivita", "/attivita?stato=bozze", "/attivita/nuova", "/iniziative", "/iniziative/nuova", "/importa"]
    paths = [base + path for path in (*paths, "/persone", "/organizzazione")]
    paths += [own + path for path in ("", "/modifica", "/annulla", "/incontri", "/posti", f"/posti/{row.opening}")]
    paths += [meeting + path for path in ("/sposta", "/annulla", "/presenze", "/foglio")]
    found = look_at(page, ["/gestione/", *paths])
    found += refused(page, f"{base}/attivita/nuova")
    found += refused(page, f"{base}/importa")
    assert found == []


def test_the_administration(visit, site):
    page = visit(OFFICE)
    row = site.ask("SELECT public_id FROM organisation ORDER BY id LIMIT 1")[0]
    found = look_at(page, (*ADMINISTRATION, f"/amministrazione/organizzazioni/{row.public_id}"))
    found += refused(page, "/amministrazione/ruoli")
    assert found == []
