"""Pages that say how the site treats people: privacy, accessibility, legal notes, open data; and what robots may read."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, Response, current_app, render_template

from civic.kernel.i18n import N_, _
from civic.web.access import Access, place
from civic.web.language import PREFIX
from civic.web.page_cache import public_page

blueprint = Blueprint("static_pages", __name__)

_NOT_FOR_ROBOTS = (
    "/accedi", "/esci", "/codice", "/password", "/registrati", "/registrazione/", "/controlla-la-posta", "/conferma/",
    "/autorizzazione/", "/calendari/", "/consensi/", "/i/", "/u/", "/iscrizioni/", "/attestati/",
    "/area-personale", "/gestione", "/amministrazione",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Data or a piece of work by others that the site shows: what, by whom, under which licence, what we did with it."""

    what: str
    by: str
    licence: str
    done: str


_SOURCES = (
    Source(
        N_("Quartieri and zone of Bologna: names and shapes"),
        "bolideopendata (BOLIDE), github.com/bolideopendata/bolideopendata.github.io",
        N_("IODL 2.0; made from data of the Comune di Bologna, CC BY 3.0 IT"),
        N_("Zone joined into the six quartieri, shapes simplified. For maps, not a legal boundary."),
    ),
    Source(N_("ISTAT codes of quartieri and zone"), "ISTAT", N_("Facts"), N_("From the census sections of 2023; not verified.")),
    Source(
        N_("Places of the activities"),
        N_("Pages of the places themselves"),
        N_("Facts"),
        N_("Part of the whole; where the source names no quartiere none is shown."),
    ),
    Source(
        N_("Names, dates and amounts of the programme"),
        N_("Summary of the programme; pnmetroplus.it for the code BO3.1.1.a"),
        N_("Facts"),
        N_("The texts about the aims are our own words."),
    ),
    Source(N_("Holidays"), "holidays (Python)", "MIT", N_("Checked against the Italian laws on holidays.")),
    Source(N_("Look of the pages and icons"), "Bootstrap Italia, Developers Italia", "BSD 3-Clause", N_("Adapted.")),
    Source(N_("Typeface"), "Titillium Web, Accademia di Belle Arti di Urbino", "SIL Open Font License 1.1", N_("Unchanged.")),
)


@dataclass(frozen=True, slots=True)
class LegalPage:
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ContactPage:
    """Where to write."""

    mail: str


def register(app: Flask) -> None:
    """Give `app` the pages; everybody may read them."""
    app.register_blueprint(blueprint)
    names = ("privacy", "privacy_young", "accessibility", "legal", "open_data", "robots")
    place(Access.PUBLIC, *(f"static_pages.{name}" for name in names))


def _show(template: str, page: object) -> Response:
    return public_page((template, page), lambda: render_template(f"static_pages/{template}.html", page=page))


def _contact() -> ContactPage:
    return ContactPage(current_app.config["SITE"].MAIL_FROM.rpartition("<")[2].rstrip("> "))


@blueprint.get("/privacy")
def privacy() -> Response:
    """Say which data are used, for what, for how long, and what one can ask for."""
    return _show("privacy", _contact())


@blueprint.get("/privacy/ragazzi")
def privacy_young() -> Response:
    """Say the same in few words to who is between 11 and 14."""
    return _show("privacy_young", _contact())


@blueprint.get("/accessibilita")
def accessibility() -> Response:
    """Say what was done so that everybody can use the site, what was not, and whom to tell."""
    return _show("accessibility", _contact())


@blueprint.get("/note-legali")
def legal() -> Response:
    """Say who answers for the site and whose work it shows."""
    rows = tuple((_(one.what), _(one.by), _(one.licence), _(one.done)) for one in _SOURCES)
    return _show("legal", LegalPage(rows))


@blueprint.get("/dati-aperti")
def open_data() -> Response:
    """Say which data can be taken and used, and which cannot."""
    return _show("open_data", _contact())


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots to leave out what is not for reading."""
    lines = ["User-agent: *"]
    lines += [f"Disallow: {prefix}{path}" for prefix in ("", PREFIX) for path in _NOT_FOR_ROBOTS]
    response = Response("\n".join(lines) + "\n", mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
