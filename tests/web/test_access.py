"""Every address as every role: who is let in, who is asked to sign in, who is refused; no address without its level."""

from __future__ import annotations

import pytest

from civic.kernel.db import transaction
from civic.web.access import ACCESS
from tests.web import cast as casting


def is_special(endpoint: str) -> bool:
    """Files, and the patterns of pages that only developers see."""
    return endpoint == "static" or endpoint.startswith("gallery.")


WITHOUT_TOKEN = {"messages.one_click"}
"""The only address that takes a POST without a token of ours: a mail program sends it (RFC 8058)."""

TABLE = """
public accounts: confirm_account forgotten received register reset second_factor sign_in sign_out
public activities: activity calendar home volunteering workshops
public certificates: check linked
public door: linked
public desk: pocket pocket_worker
public draws: draw draw_csv
public announced: linked
public care: linked linked_delete linked_record
public health: health
public links: act authorisation confirm signup
public own_consents: decide show
public calendars: feed
public messages: one_click unsubscribe
public organisations: index invitation organisation
public personal: confirm_address
public programme: action index initiative initiatives places
public signing_up: received send sign_up
public static_pages: accessibility legal open_data privacy privacy_young robots
signed_in accounts: enrol_second_factor
signed_in activities: with_class
signed_in together: sign_up
signed_in announced: own
signed_in care: own own_delete own_record
signed_in certificates: document
signed_in door: own
signed_in calendars: own
signed_in messages: ask_for_invitations followed inbox mark_read preferences
signed_in mine: act signup
signed_in organisations: register_organisation
signed_in personal: add_child address child children consents details download end_guardian mailbox
signed_in personal: end_second_factor end_sessions
signed_in personal: overview remove_child renew_codes security withdraw_authorisation withdraw_consents
desk desk: activities activity activity_class_free activity_classes
desk desk: activity_edit activity_new activity_preview age_exception_withdraw
desk desk: age_exceptions_of announcements ask_again attendance cancel change_role decide declaration
desk desk: departures pocket_marks pocket_sheet pocket_state reminders
desk desk: care_notes care_question certificate_of delete_draft facilitator_add facilitator_remove handle_reply import_file
desk desk: class_address class_ask class_give_back class_of class_prepare_sheets class_sheets class_take_name_back classes
desk desk: guardian_call index initiative_edit initiative_new initiatives leave meeting_cancel
desk desk: calendar_feed not_reached told_otherwise
desk desk: meeting_move meeting_terms meeting_new members opening_edit opening_invite opening_new organisation
desk desk: paper_authorisation people_csv profile publish referral_withdraw
desk desk: register_close register_csv register_of register_prepare remove remove_member reserved_places sheet withdraw_invitation
administration administration: audit end_role index lift_suspension organisation organisations reset_authenticator
administration administration: announcements counselling mark operate preview previews safeguarding sending staff suspend verify
"""
"""What was agreed, read by a person: whoever changes the level of an address changes this line too."""

FOR_ANY_MEMBER = {
    "organisation", "activities", "activity", "activity_preview", "attendance", "pocket_sheet", "pocket_state", "sheet",
    "care_notes", "members", "calendar_feed",
    "classes", "class_ask", "class_of", "class_sheets", "class_address",
}
"""Pages of the desk that a facilitator sees; the others are for owners and coordinators."""


def agreed() -> dict[str, str]:
    table = {}
    for line in TABLE.strip().splitlines():
        head, names = line.split(":")
        level, room = head.split()
        table.update({f"{room}.{name}": level for name in names.split()})
    return table


def rules_of(app):
    return [rule for rule in app.url_map.iter_rules() if not is_special(rule.endpoint)]


def url_of(rule, values: dict[str, str]) -> str:
    """Return the address of `rule` with the things of organisation A in it."""
    room, _, name = rule.endpoint.partition(".")
    own = dict(values)
    if room in ("desk", "administration", "organisations"):
        own["slug"] = values["organisation"]
    whose = {"desk": "activity", "personal": "child"} | dict.fromkeys(("mine", "door", "announced", "care"), "signup")
    whose = whose.get(room)
    own["public_id"] = values[whose] if whose else ""
    own["public_id"] = values["initiative"] if name == "initiative_edit" else own["public_id"]
    own["public_id"] = values["organisation_id"] if room == "administration" else own["public_id"]
    if rule.endpoint == "programme.action":
        own["slug"] = values["action"]
    if rule.endpoint == "programme.initiative":
        own["slug"] = values["initiative_slug"]
    own["token"] = values.get(f"token {rule.endpoint}", values["token"])
    own |= {"kind": "reminder", "language": "it", "form": "html"}
    own |= {"exception_id": "1", "referral_id": "1", "reply_id": "1"}
    own |= {"record": "immagini", "person": values["member"], "signup": values["signup"]}
    own |= {"block": values["block"], "activity_slug": values["activity_slug"]}
    if name.startswith("class_"):
        own["signup"] = values["pupil"]
    if name.startswith(("register_", "certificate_")):
        own |= {"public_id": values["course"], "signup": values["course_signup"]}
    if room == "certificates":
        own["public_id"] = values["course_signup"]
    own |= {"meeting_id": values["meeting"], "opening_id": values["opening"], "action": "disdici"}
    url = rule.rule
    for argument in rule.arguments:
        url = url.replace(f"<{argument}>", own[argument])
    return url


def outcome(answer) -> str:
    """Return in a word how the site met a visitor."""
    where = answer.headers.get("Location", "")
    if answer.status_code in (302, 303) and where.startswith("/accedi"):
        return "sign in"
    if answer.status_code in (302, 303) and where.startswith("/codice"):
        return "code"
    return str(answer.status_code) if answer.status_code >= 400 else "in"


def expected(endpoint: str, level: str, role: str) -> str:
    """Return how a page of organisation A, or of the guardian's child, meets `role`."""
    name = endpoint.partition(".")[2]
    if role == "anonymous":
        return "sign in"
    if level == "desk":
        return _at_the_desk(name, role)
    if level == "administration":
        if role == "officer_without_code":
            return "code"
        if name in ("staff", "sending") and role in ("officer", "safeguarding"):
            return "403"
        if name in ("safeguarding", "counselling", "announcements") and role in ("officer", "administrator"):
            return "403"
        return "in" if role in casting.STAFF else "403"
    if endpoint == "mine.signup":
        return "in" if role in ("minor", "guardian", "safeguarding", *casting.MEMBERS) else "404"
    if endpoint in ("door.own", "announced.own", "care.own"):
        return "in" if role in ("minor", "guardian") else "404"
    if endpoint == "care.own_record":
        return "in" if role == "guardian" else "404"
    if endpoint == "certificates.document":
        return "in" if role in ("minor", "guardian", *casting.EDITORS) else "404"
    if endpoint == "personal.child":
        return "in" if role == "guardian" else "404"
    return "in"


def _at_the_desk(name: str, role: str) -> str:
    if role in casting.WITHOUT_SECOND_FACTOR:
        return "code"
    if role not in (*casting.MEMBERS, *casting.STAFF, "other_coordinator"):
        return "403"
    if name == "index":
        return "in"
    if role not in casting.MEMBERS:
        return "404"
    return "in" if role in casting.EDITORS or name in FOR_ANY_MEMBER else "403"


@pytest.fixture
def cast(connection):
    with transaction():
        return casting.assemble()


def test_every_address_has_its_level_and_it_is_the_one_that_was_agreed(app):
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    placed = {endpoint: level.value for endpoint, level in ACCESS.items() if not is_special(endpoint)}
    assert there - set(ACCESS) == set()
    assert placed == agreed()


@pytest.mark.parametrize("role", casting.ROLES)
def test_every_page_meets_every_role_as_agreed(app, cast, new_visitor, role):
    visitor = cast.visit_as(role, new_visitor())
    wrong = []
    for rule in rules_of(app):
        if "GET" not in rule.methods:
            continue
        level, url = ACCESS[rule.endpoint].value, url_of(rule, cast.values)
        visitor.move()
        answer = visitor.get(url)
        got = outcome(answer)
        wanted = None if level == "public" else expected(rule.endpoint, level, role)
        if answer.status_code >= 500 or (wanted and got != wanted) or (level == "public" and got == "403"):
            wrong.append((rule.endpoint, url, f"wanted {wanted}, got {got}"))
    assert wrong == []


@pytest.mark.parametrize("role", [role for role in casting.ROLES if role not in casting.EDITORS])
def test_what_writes_is_refused_to_who_may_not(app, cast, new_visitor, role):
    """The forms of the desk and of the administration, sent with a good token by those they are not for."""
    visitor = cast.visit_as(role, new_visitor())
    wrong = []
    for rule in rules_of(app):
        room = rule.endpoint.partition(".")[0]
        if "POST" not in rule.methods or room not in ("desk", "administration"):
            continue
        if (room == "administration" and role in casting.STAFF) or (room == "desk" and role == "facilitator"):
            continue
        visitor.move()
        answer = visitor.submit(url_of(rule, cast.values))
        if outcome(answer) not in ("403", "404", "sign in", "code"):
            wrong.append((rule.endpoint, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", ["anonymous", "coordinator", "administrator"])
def test_nothing_is_written_without_a_token(app, cast, new_visitor, role):
    visitor = cast.visit_as(role, new_visitor())
    answers = {}
    for rule in rules_of(app):
        if "POST" in rule.methods:
            visitor.move()
            answers[rule.endpoint] = visitor.post(url_of(rule, cast.values)).status_code
    assert {endpoint for endpoint, status in answers.items() if status != 400} == WITHOUT_TOKEN


def test_who_sends_a_form_without_being_signed_in_is_asked_to_sign_in(app, cast, new_visitor):
    visitor = new_visitor()
    for rule in rules_of(app):
        if "POST" in rule.methods and ACCESS[rule.endpoint].value != "public":
            visitor.move()
            assert outcome(visitor.submit(url_of(rule, cast.values))) == "sign in", rule.endpoint


def test_a_draft_is_there_for_its_organisation_only(cast, new_visitor):
    for role in casting.ROLES:
        visitor = cast.visit_as(role, new_visitor())
        answer = visitor.get(f"/gestione/{cast.values['organisation']}/attivita/{cast.values['draft']}")
        assert (answer.status_code == 200) == (role in casting.MEMBERS), role
        for public in ("/laboratori", "/", "/calendario"):
            assert "Bozza segreta" not in visitor.get(public).text, role
