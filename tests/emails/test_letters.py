"""Every message, in both languages: rendered, compared with what is stored, and held to the rules of mail."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import timedelta
from email import policy
from html import unescape
from pathlib import Path

import icalendar
import pytest

from civic.kernel import crypto, i18n
from civic.kernel.i18n import _, use_language
from civic.notifications import mime, settings
from civic.notifications.catalogue import MESSAGES
from civic.notifications.example_facts import NOW, ROW, payload_for
from civic.notifications.examples import example
from civic.notifications.types import Category
from config import load

STORED = Path(__file__).parent / "stored"
LANGUAGES = ("it", "en")
EVERY = [(kind, language) for kind in MESSAGES for language in LANGUAGES]
every_message = pytest.mark.parametrize(("kind", "language"), EVERY)


@pytest.fixture(autouse=True)
def mail_settings():
    settings.configure(
        load(
            {
                "ENVIRONMENT": "test",
                "SECRET_KEY": "s" * 40,
                "FIELD_KEY": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
                "DATABASE_URL": "postgresql:///nothing",
                "REDIS_URL": "redis://127.0.0.1:9/0",
                "SMTP_URL": "smtp://127.0.0.1:9",
                "BASE_URL": "https://insieme.example",
                "MAIL_FROM": "Bologna Insieme <ciao@insieme.example>",
            }
        )
    )
    crypto.configure("s" * 40, b"k" * 32)


def sent(kind: str, language: str, **changes) -> tuple[bytes, email.message.EmailMessage]:
    with use_language(language):
        content = mime.build(example(kind, language, **changes), ROW, NOW)
    return content, email.message_from_bytes(content, policy=policy.default)


def words_of(html: str) -> str:
    body = re.sub(r"(?s)<(style|title|!--).*?(</\1>|-->)", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@every_message
def test_every_message_reads_as_it_is_stored(kind, language):
    _content, mail = sent(kind, language)
    text = f"{mail['Subject']}\n{'=' * 72}\n{mail.get_body(('plain',)).get_content()}"
    path = STORED / f"{kind}.{language}.txt"
    assert path.read_text(encoding="utf-8") == text.replace("\r\n", "\n")


def shape_of(kind: str) -> tuple[bool, ...]:
    """Return which parts of the layout a message fills: two of one shape differ in words alone."""
    with use_language("it"):
        message = example(kind, "it")
        letter, frame = message.letter(), message.frame()
    card = letter.card
    of_card = (card, card and card.place, card and card.note, card and card.meets_at)
    parts = (*of_card, letter.lines, letter.button, letter.links, letter.notes)
    return tuple(bool(part) for part in (*parts, frame.preferences_url, frame.leave_url))


WITH_HTML = sorted(path.name.partition(".")[0] for path in STORED.glob("*.it.html"))


@pytest.mark.parametrize("kind", WITH_HTML)
def test_the_html_of_a_message_is_as_it_is_stored(kind):
    _content, mail = sent(kind, "it")
    html = mail.get_body(("html",)).get_content().replace("\r\n", "\n")
    assert (STORED / f"{kind}.it.html").read_text(encoding="utf-8") == html


def test_every_shape_of_a_message_has_its_html_stored():
    stored = {shape_of(kind) for kind in WITH_HTML}
    assert [kind for kind in MESSAGES if shape_of(kind) not in stored] == []


def test_nothing_is_stored_that_is_not_sent():
    assert {path.name.partition(".")[0] for path in STORED.iterdir()} == set(MESSAGES)


@every_message
def test_text_and_html_say_the_same_words(kind, language):
    _content, mail = sent(kind, language)
    with use_language(language):
        card = example(kind, language).letter().card
        only_html = _("Privacy notice") + " " + (i18n.format_short_day(card.when) if card else "")
    text = re.sub(r"https://\S+", " ", mail.get_body(("plain",)).get_content())
    html = words_of(mail.get_body(("html",)).get_content())
    # The card tells its day in few letters, and the foot links the privacy notice; all else is one text in two forms.
    assert set(re.findall(r"\w+", text)) - set(re.findall(r"\w+", html)) == set()
    assert set(re.findall(r"\w+", html)) - set(re.findall(r"\w+", text)) <= set(re.findall(r"\w+", only_html))


@every_message
def test_every_message_is_whole_and_small(kind, language):
    content, mail = sent(kind, language)
    assert len(content) < 102 * 1024
    assert max(map(len, content.split(b"\r\n"))) < 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content.isascii()
    assert mail.defects == []
    html = mail.get_body(("html",)).get_content()
    assert f'lang="{language}"' in html and "color-scheme" in html
    assert "{{" not in html and "{%" not in html
    for url in re.findall(r'href="([^"]+)"', html):
        assert url.startswith("https://insieme.example/en/" if language == "en" else "https://insieme.example/")
        assert language == "en" or "/en/" not in url


@every_message
def test_headers_are_those_of_a_machine_that_can_be_left(kind, language):
    _content, mail = sent(kind, language)
    assert mail["Message-ID"] == f"<{ROW}@insieme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Reply-To"] == "ciao@insieme.example"
    assert mail["List-Id"] == f"<{MESSAGES[kind].category.value}.insieme.example>"
    assert mail["To"] == "amina@example.org"
    assert str(mail["From"]) == "Bologna Insieme <ciao@insieme.example>"
    assert len(mail.get_all("Subject")) == len(mail.get_all("To")) == len(mail.get_all("Date")) == 1
    can_be_left = MESSAGES[kind].can_switch_off
    assert (mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") is can_be_left
    assert ("/u/qrstuvwx23456789-" in (mail["List-Unsubscribe"] or "")) is can_be_left


@every_message
def test_who_has_no_account_sees_the_way_out_of_what_can_be_switched_off(kind, language):
    without = replace(example(kind, language).facts.recipient, has_account=False)
    _content, mail = sent(kind, language, recipient=without)
    way_out = (mail["List-Unsubscribe"] or "").strip("<>")
    for part in ("plain", "html"):
        content = mail.get_body((part,)).get_content()
        assert ("/u/" in content) is MESSAGES[kind].can_switch_off and way_out in content


@every_message
def test_no_subject_and_no_calendar_holds_the_name_of_a_person(kind, language):
    _content, mail = sent(kind, language)
    assert "Amina" not in mail["Subject"]
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            assert "Amina" not in part.get_content().replace("amina@", "")


@every_message
def test_every_message_of_an_example_is_due(kind, language):
    assert example(kind, language).is_due()


def test_legal_messages_and_cancellations_cannot_be_switched_off():
    must_come = {"authorisation_asked", "authorisation_reminder", "organisation_verified", "organisation_rejected"}
    for kind, message in MESSAGES.items():
        if message.category in (Category.ACCOUNT, Category.CHANGE) or kind in must_come:
            assert not message.can_switch_off, kind


def test_messages_of_one_signup_are_one_conversation():
    threads = {sent(kind, "it")[1]["References"] for kind in ("signup_confirmed", "reminder", "occurrence_moved")}
    assert threads == {"<signup-abcdefgh23456789@insieme.example>"}


def entries_of(kind: str) -> list[tuple[str, icalendar.Event]]:
    _content, mail = sent(kind, "it")
    found = []
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            calendar = icalendar.Calendar.from_ical(part.get_content())
            assert part.get_param("method") == str(calendar["method"])
            assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Rome"]
            (event,) = calendar.walk("VEVENT")
            found.append((str(calendar["method"]), event))
    return found


def test_a_confirmation_brings_every_meeting_as_a_request():
    entries = entries_of("signup_confirmed")
    assert [method for method, _ in entries] == ["REQUEST"] * 3
    assert len({str(event["uid"]) for _, event in entries}) == 3
    first = entries[0][1]
    assert str(first["uid"]) == "meeting0meeting-abcdefgh23456789@insieme.example"
    assert first.decoded("dtstart").isoformat() == "2026-11-24T17:00:00+01:00"
    assert first["sequence"] == 0


def test_a_move_keeps_the_uid_and_raises_the_sequence():
    ((method, event),) = entries_of("occurrence_moved")
    assert (method, event["sequence"]) == ("REQUEST", 1)
    assert str(event["uid"]) == "meeting0meeting-abcdefgh23456789@insieme.example"


@pytest.mark.parametrize(
    ("kind", "said"), [("authorisation_asked", "said yes already"), ("authorisation_missing", "the other has not answered")]
)
def test_where_one_parent_has_said_yes_the_letter_asks_for_the_other(kind, said):
    message = example(kind, "en")
    second = replace(message.facts, signup=replace(message.facts.signup, has_a_yes=True))
    with use_language("en"):
        letter = type(message)(second).letter()
    assert any(said in text for text in letter.paragraphs)


def test_a_guardian_whom_a_school_named_is_told_so():
    message = example("authorisation_asked", "en")
    named = type(message)(replace(message.facts, signup=replace(message.facts.signup, school="IC 12")))
    with use_language("en"):
        assert "IC 12 has kept a place" in named.letter().paragraphs[0] and "IC 12 wrote your address" in named.reason()


@pytest.mark.parametrize(
    ("ended_as", "said"),
    [("no_place", "waited for its places"), ("cancelled", "does not take place"), ("given_back", "needed them for others")],
)
def test_a_class_is_told_why_nothing_is_held_for_it_any_more(ended_as, said):
    message = example("class_ended", "en")
    ended = type(message)(replace(message.facts, school_class=replace(message.facts.school_class, ended_as=ended_as)))
    with use_language("en"):
        assert said in " ".join(ended.letter().paragraphs) and "2B" in ended.subject()


def test_a_guardian_whose_yes_is_missing_can_give_it_from_the_letter_about_the_turn_that_passed():
    recipient = replace(example("turn_passed", "en").facts.recipient, id=9)
    message = example("turn_passed", "en", recipient=recipient, payload={"link_id": 12})
    assert message.is_due()
    with use_language("en"):
        assert "/autorizzazione/" in message.letter().button.url
    assert not example("turn_passed", "en", recipient=recipient, payload={"link_id": 12}, link=None).is_due()


@pytest.mark.parametrize(
    ("kind", "only_of_a_place"), [("authorisation_missing", "is yours"), ("authorisation_reminder", "No account")]
)
def test_a_yes_that_is_missing_is_told_as_it_is_beside_a_firm_place_and_without_one(kind, only_of_a_place):
    with use_language("en"):
        for state in ("confirmed", "offered", "pending_guardian", "waiting"):
            message = example(kind, "en", signup=replace(example(kind, "en").signup, state=state))
            words = " ".join(message.letter().paragraphs)
            assert message.is_due() and (only_of_a_place in words) is (state == "confirmed")
            assert ("somebody else" in words) is (kind == "authorisation_reminder" and state != "confirmed")


def test_an_offered_place_is_told_whatever_one_has_switched_off():
    assert not MESSAGES["offer_made"].can_switch_off and not MESSAGES["place_freed_late"].can_switch_off


def test_a_week_before_one_is_asked_whether_one_still_comes():
    payload = {**payload_for("reminder"), "lead": "7d", "asks": True}
    message = example("reminder", "en", payload=payload, now=NOW - timedelta(days=6))
    with use_language("en"):
        letter = message.letter()
    assert letter.heading == "Are you still coming?"
    assert (letter.button.label, letter.links[0].label) == ("Yes, see the sign-up", "I can't come")


def test_a_reminder_says_what_the_organisation_wrote_for_it_with_its_own_meeting():
    text = "Bring a radio.\n\n{titolo} begins at {ora}, {luogo}."
    message = example("reminder", "en", payload={**payload_for("reminder"), "text": text})
    with use_language("en"):
        first, second, *_ = message.letter().paragraphs
    assert first == "Bring a radio."
    assert message.title in second and "{" not in second


def test_a_move_says_that_one_is_busy_then_and_lets_the_place_be_given_up():
    with use_language("en"):
        letter = example("occurrence_moved", "en", payload={**payload_for("occurrence_moved"), "is_busy": True}).letter()
    assert "something else at the new time" in letter.paragraphs[1]
    (leave,) = letter.links
    assert leave.url.endswith("/iscrizioni/abcdefgh23456789")


@pytest.mark.parametrize(("kind", "count"), [("occurrence_cancelled", 1), ("activity_cancelled", 2), ("signup_cancelled", 1)])
def test_what_falls_out_goes_from_the_calendar(kind, count):
    entries = entries_of(kind)
    assert len(entries) == count
    assert {(method, str(event["status"])) for method, event in entries} == {("CANCEL", "CANCELLED")}


@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\0b"])
def test_a_line_break_in_a_header_is_refused(value):
    with pytest.raises(mime.HeaderError):
        mime.check_header(value)


@pytest.mark.parametrize(
    "address", ["a@b.it\r\nRCPT TO:<c@d.it>", "a@b.it,c@d.it", "a b@c.it", "<a@b.it>", "nobody", "a@b@c.it", ""]
)
def test_what_is_not_one_address_is_refused(address):
    with pytest.raises(mime.HeaderError):
        mime.check_address(address)


def test_a_title_with_line_breaks_and_markup_stays_a_title():
    signup = replace(example("signup_confirmed", "it").signup, title="Uno\r\nBcc: x@example.org <script>{{7*7}}</script>")
    _content, mail = sent("signup_confirmed", "it", signup=signup)
    assert mail["Bcc"] is None
    assert "<script>" not in mail.get_body(("html",)).get_content()
    assert "{{7*7}}" in mail["Subject"]


def test_a_very_long_paragraph_still_fits_the_lines_of_mail():
    signup = replace(example("signup_confirmed", "it").signup, private_details="è" * 3000)
    content, mail = sent("signup_confirmed", "it", signup=signup)
    assert max(map(len, content.split(b"\r\n"))) < 998
    assert "è" * 3000 in mail.get_body(("plain",)).get_content()
    assert "è" * 3000 in unescape(mail.get_body(("html",)).get_content())


def test_who_has_no_account_gets_a_signed_link_and_who_has_one_the_page():
    message = example("signup_confirmed", "it")
    without = replace(message.facts.recipient, has_account=False)
    _content, mail = sent("signup_confirmed", "it", recipient=without)
    assert "https://insieme.example/i/abcdefgh23456789-3-" in mail.get_body(("plain",)).get_content()
    _content, mail = sent("signup_confirmed", "it")
    assert "https://insieme.example/iscrizioni/abcdefgh23456789" in mail.get_body(("plain",)).get_content()
