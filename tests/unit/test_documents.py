"""The file of a certificate: what it says, whether everybody can read it, and that it is the same each time."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pikepdf
import pytest

from civic.accounts.models import Person
from civic.certificates.document import TEMPLATE, values_of
from civic.certificates.models import Certificate
from civic.certificates.types import CertificateKind
from civic.documents.typesetting import CannotBeSet, make_pdf
from civic.kernel import i18n

ISSUED = datetime(2026, 12, 20, 12, 30, 1, 234567, tzinfo=UTC)
LONG = "Un titolo che racconta tutto quello che si farà, e anche di più, finché le lettere ammesse sono finite. " * 2
KINDS = pytest.mark.parametrize("kind", CertificateKind)


def certificate(**changes) -> Certificate:
    values = dict(
        code="abcdefgh23456789",
        year=2026,
        number=12,
        kind=CertificateKind.ATTENDANCE,
        minutes=628,
        scheduled_minutes=720,
        threshold=75,
        meetings_attended=5,
        meetings=6,
        first_on=date(2026, 10, 5),
        last_on=date(2026, 12, 14),
        title="Radio di quartiere: voci & suoni",
        organisation_name="Associazione Onda Libera APS",
        issued_at=ISSUED,
    )
    return Certificate(**{**values, **changes})


def person(name: str = "Amina", **changes) -> Person:
    return Person(given_name=name, family_name="Benàli-Čović", birth_on=date(2010, 6, 1), **changes)


def pdf_of(one: Certificate | None = None, whose: Person | None = None) -> bytes:
    one = one or certificate()
    return make_pdf(TEMPLATE, values_of(one, whose or person(), "https://insieme.example"), one.issued_at)


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def tags_of(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Return every element of the structure, in reading order."""
    found = []

    def walk(node) -> None:
        if isinstance(node, pikepdf.Array):
            for one in node:
                walk(one)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            found.append(node)
            walk(node.get("/K", pikepdf.Array()))

    walk(pdf.Root.StructTreeRoot.K)
    return found


def fonts_of(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    return [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"]


@KINDS
def test_it_says_of_itself_that_it_is_accessible_and_for_the_archive(kind):
    with opened(pdf_of(certificate(kind=kind))) as pdf, pdf.open_metadata() as meta:
        assert (meta["pdfuaid:part"], meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("1", "2", "A")
        assert meta["dc:title"] == f"{i18n._(kind.label)} n. 12/2026"
        assert pdf.Root.MarkInfo.Marked and pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.Root.Lang) == "it-IT" and len(pdf.Root.OutputIntents) == 1
        assert len(pdf.pages) == 1


def test_whoever_listens_hears_one_heading_a_table_with_headers_and_what_the_drawings_are():
    with opened(pdf_of()) as pdf:
        tags = tags_of(pdf)
        names = [str(tag.S) for tag in tags]
        assert names.count("/H1") == 1 and names.count("/Table") == 1
        headers = [tag.A if isinstance(tag.A, pikepdf.Array) else [tag.A] for tag in tags if tag.S == "/TH"]
        scopes = [str(one.Scope) for attributes in headers for one in attributes if "/Scope" in one]
        assert scopes == ["/Column", "/Column"]
        assert [str(tag.Alt) for tag in tags if tag.S == "/Figure"] == [
            "Bologna Insieme",
            "Codice QR dell'indirizzo a cui si verifica questo documento",
        ]
        assert any("/Lang" in tag and str(tag.Lang).startswith("en") for tag in tags)


def test_every_typeface_travels_with_the_file():
    with opened(pdf_of()) as pdf:
        fonts = fonts_of(pdf)
        assert fonts and all("/FontFile2" in one or "/FontFile3" in one for one in fonts)
        assert all("Titillium" in str(one.FontName) for one in fonts)


def test_the_same_values_make_the_same_bytes():
    assert pdf_of() == pdf_of()
    assert pdf_of() != pdf_of(certificate(number=13))


@KINDS
def test_the_longest_names_and_titles_still_stand_on_one_page(kind):
    whose = Person(given_name="Maria Antonietta Guglielmina " * 2, family_name="di Montefeltro-Pallavicini " * 2, birth_on=None)
    with opened(pdf_of(certificate(kind=kind, title=LONG, organisation_name=LONG[:120]), whose)) as pdf:
        assert len(pdf.pages) == 1


@pytest.mark.parametrize("name", ["Иван", "Nguyễn", "Ștefan", "محمد", "Ελένη"])
def test_names_of_other_alphabets_are_set(name):
    assert pdf_of(whose=person(name)).startswith(b"%PDF")


def test_pictures_in_a_title_are_left_out_and_a_name_without_typeface_is_refused_without_telling_it():
    assert "📻" not in str(values_of(certificate(title="📻 Radio ☀️"), person(), "https://x"))
    assert pdf_of(certificate(title="📻 Radio ☀️", organisation_name="🎈 Onda"))
    with pytest.raises(CannotBeSet) as caught:
        pdf_of(whose=person("王小明"))
    assert "王" not in repr(caught.value) and caught.value.__cause__ is None
