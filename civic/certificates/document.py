"""What stands on a document: Italian first, as schools read it, and English below."""

from __future__ import annotations

import io
import unicodedata
from datetime import date
from pathlib import Path

import segno

from civic.accounts.models import Person
from civic.certificates.models import Certificate
from civic.certificates.rules import rounded
from civic.certificates.types import CertificateKind
from civic.kernel.i18n import N_, _, format_hours, format_long_day, use_language

TEMPLATE = "certificate.typ"
SITE_NAME = "Bologna Insieme"
OWNER = "Città metropolitana di Bologna"
_LOGO = Path(__file__).parent.parent.parent / "static/img/logo.svg"
_INK = "#14224f"
_PICTURES = {"So", "Sk", "Cn", "Co", "Cs"}
_FIRST_PICTURE = 0x2190

_VERBS = {
    CertificateKind.ATTENDANCE: N_("took part in"),
    CertificateKind.HOURS: N_("was present, for the hours stated below, at"),
}
RULES = (
    N_("Hours are the minutes of presence marked at each meeting, added up and rounded once, down to the quarter of an hour."),
    N_("An excused absence gives none. Meetings before the person had a place count neither as attended nor as scheduled."),
    N_("For a certificate of attendance one needs %(threshold)s%% of the scheduled hours; below it is a statement of hours."),
)
FUNDS = N_(
    "Funded by the European Union, European Social Fund: PON Metro 2014-2020, Axis 3, services for social inclusion, "
    "Metropolitan City of Bologna."
)


def check_path(code: str) -> str:
    """Return where everybody may check a document."""
    return f"/attestati/{code}"


def values_of(certificate: Certificate, person: Person, site_url: str) -> dict[str, object]:
    """Return all that the template asks for."""
    url = site_url + check_path(certificate.code)
    with use_language("en"):
        english = _words(certificate, person)
    with use_language("it"):
        italian = _words(certificate, person)
    return {
        "site": SITE_NAME,
        "owner": OWNER,
        "logo": _LOGO.read_text("utf-8"),
        "qr": _drawing(url),
        "url": url,
        "address": url.partition("://")[2],
        "code": certificate.code,
        "name": person.full_name,
        "title": _printable(certificate.title),
        "organisation": _printable(certificate.organisation_name),
        "it": italian,
        "en": english,
    }


def _words(certificate: Certificate, person: Person) -> dict[str, object]:
    """Return the sentences of a document in the current language."""
    kind, organisation = _(certificate.kind.label), _printable(certificate.organisation_name)
    return {
        "kind": kind,
        "number": _("no. %(number)s", number=certificate.label),
        "about": _("%(kind)s of an activity of %(organisation)s", kind=kind, organisation=organisation),
        "certifies": _("This is to certify that"),
        "born": _("date of birth: %(day)s", day=format_long_day(person.birth_on)) if person.birth_on else "",
        "verb": _(_VERBS[certificate.kind]),
        "organised": _("run by"),
        "what": _("What"),
        "value": _("How much"),
        "rows": _rows(certificate),
        "rules": [_(one, threshold=certificate.threshold) if "%(" in one else _(one) for one in RULES],
        "qr": _("QR code of the address at which this document is checked"),
        "check": _("Is this document valid? Check it here"),
        "code": _("Code"),
        "issued": _("Date of issue: %(day)s", day=format_long_day(certificate.issued_at)),
        "unsigned": _("It carries no signature: what the address above answers is what counts."),
        "funds": _(FUNDS),
    }


def _rows(certificate: Certificate) -> list[list[str]]:
    meetings = _("%(attended)s of %(meetings)s", attended=certificate.meetings_attended, meetings=certificate.meetings)
    return [
        [_("Hours attended"), format_hours(rounded(certificate.minutes))],
        [_("Hours scheduled"), format_hours(certificate.scheduled_minutes)],
        [_("Meetings attended"), meetings],
        [_("Period"), _period(certificate.first_on, certificate.last_on)],
    ]


def _period(first: date, last: date) -> str:
    days = dict.fromkeys((format_long_day(first), format_long_day(last)))
    return " – ".join(days)


def _printable(text: str) -> str:
    """Return a title on one line and without pictures, of which typefaces for reading have none."""
    kept = (char for char in text if not _is_picture(char))
    return " ".join("".join(kept).split())


def _is_picture(char: str) -> bool:
    category = unicodedata.category(char)
    return category == "Cf" or "\ufe00" <= char <= "\ufe0f" or (ord(char) >= _FIRST_PICTURE and category in _PICTURES)


def _drawing(url: str) -> str:
    buffer = io.BytesIO()
    segno.make(url, error="m").save(buffer, kind="svg", border=0, dark=_INK, xmldecl=False)
    return buffer.getvalue().decode()
