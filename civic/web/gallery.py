"""Every component on one page, with sample data; development and tests only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace

from flask import Blueprint, Flask, render_template, request
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from civic.kernel.clock import from_rome
from civic.web.access import Access, place
from civic.web.fields import DayPartsField
from civic.web.forms import SubmitForm
from civic.web.paging import Pager, build_pager
from civic.web.shell import Visitor, build_shell

blueprint = Blueprint("gallery", __name__, url_prefix="/galleria")

QUARTIERI = (
    ("37006011", "Borgo Panigale-Reno"),
    ("37006012", "Navile"),
    ("37006013", "Porto-Saragozza"),
    ("37006014", "San Donato-San Vitale"),
    ("37006015", "Santo Stefano"),
    ("37006016", "Savena"),
)


@dataclass(frozen=True)
class SampleCard:
    """What `card_activity` asks for."""

    url: str
    kind: str
    title: str
    organisation_name: str
    summary: str
    first_starts_at: datetime
    occurrence_count: int
    place_name: str
    quartiere_name: str
    quartiere_code: str
    age_label: str | None
    free_places: int | None
    waiting_count: int
    is_full: bool
    has_begun: bool
    language_labels: tuple[str, ...]


class SampleForm(SubmitForm):
    """One field of every sort."""

    name = StringField("Nome e cognome", [InputRequired("Scrivi come ti chiami.")], description="Come sul documento.")
    email = EmailField("Email", [InputRequired("Scrivi la tua email.")])
    birth_on = DayPartsField(
        "Data di nascita", [InputRequired("Scrivi quando sei nato o nata.")], description="Per esempio 26 11 2010."
    )
    day = DateField("Giorno del laboratorio")
    password = PasswordField("Password")
    quartiere = SelectField(
        "Quartiere", choices=[SelectChoice("", "Scegli"), *(SelectChoice(code, name) for code, name in QUARTIERI)]
    )
    who = RadioField(
        "Per chi è?",
        [InputRequired("Scegli per chi è.")],
        choices=[
            SelectChoice("me", "Per me", {"hint": "Hai almeno 14 anni"}),
            SelectChoice("child", "Per mio figlio o mia figlia"),
        ],
    )
    needs = SelectMultipleField(
        "Che cosa ti interessa?",
        choices=[SelectChoice("music", "Musica"), SelectChoice("science", "Scienza"), SelectChoice("theatre", "Teatro")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    cost = StringField("Rimborso spese")
    text = TextAreaField("C'è qualcosa che dobbiamo sapere?", description="Allergie, un ausilio, chi viene a prenderti.")
    photo = FileField("Una foto")
    consent = BooleanField("Ho letto l'informativa sulla privacy", [InputRequired("Serve per andare avanti.")])


def sample_cards() -> tuple[SampleCard, ...]:
    """Return four activities of the four kinds, with the cases of free places."""
    start = from_rome(datetime(2026, 11, 26, 17, 0))
    common = dict(url="#", organisation_name="Circolo La Fattoria APS", summary="", age_label="11-14 anni", language_labels=())
    rows = (
        ("workshop", "Costruisci un sintetizzatore", 0, 6, "Casa di Quartiere Scipione dal Ferro", 3, 3, 0, False),
        ("volunteering", "Porta la spesa a chi non può uscire", 4, 1, "Centro sociale Villa Torchi", 1, 1, 0, False),
        ("training", "Facilitare un gruppo di ragazze e ragazzi", 9, 4, "Biblioteca Casa di Khaoula", 1, 0, 1, True),
        ("public_event", "Festa di strada in via Libia", 17, 1, "Giardino Bentivogli", 3, None, 0, False),
    )
    return tuple(
        SampleCard(
            kind=kind, title=title, first_starts_at=start + timedelta(days=days), occurrence_count=count, place_name=place,
            quartiere_code=QUARTIERI[quartiere][0], quartiere_name=QUARTIERI[quartiere][1], free_places=free,
            waiting_count=waiting, is_full=is_full, has_begun=free is None, **common,
        )
        for kind, title, days, count, place, quartiere, free, waiting, is_full in rows
    )  # fmt: skip


def sample_pager() -> Pager:
    """Return the fifth page of nine."""
    return build_pager(total=172, number=5, per_page=20, url_of=lambda number: f"#page-{number}")


def sample_timeline() -> tuple[SimpleNamespace, ...]:
    """Return a story with something done, something now and something to come."""
    start = from_rome(datetime(2026, 11, 22, 9, 30))
    rows = (
        ("Hai mandato la richiesta", start, None, "done"),
        ("Aspettiamo l'autorizzazione di un genitore", start + timedelta(minutes=1), "L'abbiamo chiesta per email.", "current"),
        ("Il posto è tuo", None, None, "todo"),
    )
    return tuple(SimpleNamespace(title=title, when=when, text=text, state=state) for title, when, text, state in rows)


@blueprint.route("/", methods=["GET", "POST"])
def index():
    """Show every component; sending the form shows its errors."""
    form = SampleForm()
    if request.method == "POST" or "errori" in request.args:
        form.validate()
    return render_template(
        "components/gallery.html",
        form=form, cards=sample_cards(), pager_page=sample_pager(), timeline_items=sample_timeline(), quartieri=QUARTIERI,
        when=from_rome(datetime(2026, 11, 26, 17, 0)), day=date(2026, 12, 13), tab_items=_tabs(),
    )  # fmt: skip


@blueprint.get("/home")
def home():
    """Show the home page with sample cards."""
    return render_template("home.html", page=SimpleNamespace(upcoming=sample_cards()))


@blueprint.get("/vuota")
def empty_home():
    """Show the home page without activities, to somebody signed in."""
    visitor = Visitor(name="Amina Rossi", can_manage=True, can_administer=True, unread_count=3)
    return render_template("home.html", page=SimpleNamespace(upcoming=()), shell=build_shell(visitor))


@blueprint.get("/attivita")
def activity():
    """Show the page of one activity and a calendar."""
    return render_template("components/gallery_activity.html", url_of=lambda meeting: "#", **_sample_activity())


@blueprint.get("/gestione")
def desk():
    """Show the desk layout."""
    labels = (("Calendar", "it-calendar", True), ("Workshops", "it-pencil", False), ("Volunteering", "it-user", False))
    nav = [SimpleNamespace(label=label, url="#", icon=icon, is_current=current) for label, icon, current in labels]
    return render_template("components/gallery_desk.html", desk=SimpleNamespace(owner="Circolo La Fattoria APS", nav=nav))


@blueprint.get("/errore/<int:code>")
def error(code: int):
    """Show one of the error pages, with status 200."""
    return render_template(f"errors/{code}.html", detail=None)


def _sample_activity() -> dict[str, object]:
    start = from_rome(datetime(2026, 11, 26, 17, 0))
    meetings = [
        SimpleNamespace(
            starts_at=start + timedelta(days=7 * week), ends_at=start + timedelta(days=7 * week, hours=2),
            is_cancelled=week == 2, is_over=week == 0, reason="Sala non disponibile" if week == 2 else None, place=None,
            meets_at=None,
            title="Costruisci un sintetizzatore", kind="workshop", place_name="Casa di Quartiere Scipione dal Ferro",
        )
        for week in range(3)
    ]  # fmt: skip
    openings = [
        SimpleNamespace(role="", when=None, free=3, waiting=0, is_full=False, url="#", is_open=True, window=None),
        SimpleNamespace(role="Cucina", when=start, free=1, waiting=0, is_full=False, url="#", is_open=True, window=None),
        SimpleNamespace(role="Accompagnatore", when=start, free=0, waiting=1, is_full=True, url="#", is_open=True, window=None),
    ]
    for number, opening in enumerate(openings):
        opening.is_drawn_later = number == 1
    first = date(2026, 11, 23)
    days = [
        SimpleNamespace(
            day=day, in_month=day.month == 11, is_today=day == date(2026, 11, 24),
            meetings=[one for one in meetings if one.starts_at.date() == day],
        )
        for day in (first + timedelta(days=number) for number in range(14))
    ]  # fmt: skip
    return dict(
        when=start, meetings=meetings, openings=openings, weeks=(days[:7], days[7:]), days=[day for day in days if day.meetings]
    )


def _tabs() -> tuple[SimpleNamespace, ...]:
    rows = (("Prossime", 3, True), ("Passate", 12, False), ("Annullate", None, False))
    return tuple(SimpleNamespace(label=label, url="#", count=count, is_current=current) for label, count, current in rows)


def register(app: Flask) -> None:
    """Give `app` the gallery; never in production."""
    app.register_blueprint(blueprint)
    place(Access.PUBLIC, *(f"gallery.{view}" for view in ("index", "home", "empty_home", "activity", "desk", "error")))
