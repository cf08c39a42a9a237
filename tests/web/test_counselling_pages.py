"""Counselling on the pages: who comes alone is found by nobody at home, and the officer marks what it is."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.accounts.services import roles
from civic.accounts.types import LinkPurpose
from civic.activities.models import Signup
from civic.activities.queries.linked import manage_token
from civic.activities.services.counselling import mark_counselling
from civic.activities.types import SignupState
from civic.jobs import sweep
from civic.kernel.actor import SYSTEM, OrganisationRole, Role
from civic.kernel.db import session, transaction
from civic.notifications.models import Notification
from tests import factories as make
from tests.web import cast as casting
from tests.web.test_access import rules_of, url_of
from tests.web.test_signing_up_pages import details, published, token, who

TITLE = "Zqsportello Zqascolto"
BORN = ("1", "6", "2010")
TYPED = {"given_name": "Ada", "family_name": "Rossi", "email": "ada.sola@example.org", "consent": "y"}


def counselling():
    activity, opening, _ = published(title=TITLE)
    with transaction():
        mark_counselling(SYSTEM, activity.public_id, is_counselling=True)
    return activity, opening


def sign_up_alone(visitor, activity, opening, **typed) -> Signup:
    """Let the visitor sign up in confidence and click the link; return the signup."""
    path = f"/attivita/{activity.slug}/iscrizione"
    second = visitor.submit(path, who(opening, BORN))
    assert 'name="guardian_email"' not in second.text and "leggi solo tu" in second.text
    third = visitor.post(path, data=details(second, **{**TYPED, **typed}), follow_redirects=True)
    assert "non mandiamo niente" in third.text
    link = f"/conferma/{token(LinkPurpose.CONFIRM_SIGNUP)}"
    visitor.submit(link, {})
    return session().scalars(sa.select(Signup).order_by(Signup.id.desc()).limit(1)).one()


def test_a_newcomer_comes_alone_and_reads_it_beforehand(client):
    activity, opening = counselling()
    assert "a casa non chiediamo" in client.get(f"/attivita/{activity.slug}").text
    signup = sign_up_alone(client, activity, opening)
    assert signup.state is SignupState.CONFIRMED
    page = client.get(f"/i/{manage_token(signup.public_id, signup.person_id)}")
    assert page.status_code == 200 and TITLE in page.text and "genitore" not in page.text.lower()


def test_under_fourteen_a_parent_is_asked_as_everywhere(client):
    activity, opening = counselling()
    second = client.submit(f"/attivita/{activity.slug}/iscrizione", who(opening, ("1", "6", "2013")))
    assert 'name="guardian_email"' in second.text and "leggi solo tu" not in second.text


def test_the_age_of_another_screen_does_not_let_a_child_in_alone(client):
    activity, opening = counselling()
    path = f"/attivita/{activity.slug}/iscrizione"
    second = client.submit(path, who(opening, BORN))
    client.post(path, data=details(second, **{**TYPED, "birth_on": "2013-06-01"}))
    assert session().scalar(sa.select(sa.func.count()).select_from(Signup)) == 0


def test_nobody_at_home_finds_it_and_neither_does_who_looks_into_the_account(app, new_visitor, connection):
    with transaction():
        cast = casting.assemble()
        ward = cast.people["minor"]
    activity, opening = counselling()
    alone = cast.visit_as("minor", new_visitor())
    signup = sign_up_alone(alone, activity, opening, given_name=ward.given_name, family_name=ward.family_name)
    assert signup.state is SignupState.CONFIRMED and signup.person_id != ward.id
    sweep.empty_outbox()
    # A net that catches nothing proves nothing: who signed up finds it.
    assert TITLE in new_visitor().get(f"/i/{manage_token(signup.public_id, signup.person_id)}").text
    values = cast.values | {"token": "0-0-nobody"}
    # Its public page is everybody's to see: what must not be met is that somebody one knows has signed up.
    public = ("/attivita/", "/laboratori", "/organizzazioni/", "/mappa", "/calendario", "/cerca", "/sitemap", "/feed", "/api")
    met = []
    for role in ("guardian", "minor"):
        visitor = cast.visit_as(role, new_visitor())
        for rule in rules_of(app):
            path = url_of(rule, values)
            if "GET" not in rule.methods or path == "/" or path.startswith(public):
                continue
            visitor.move()
            text = visitor.get(path).get_data().decode(errors="replace")
            met += [(role, path, word) for word in ("Zqsportello", "ada.sola", signup.public_id) if word in text]
        assert visitor.get(f"/iscrizioni/{signup.public_id}").status_code in (403, 404)
        page = visitor.get(f"/attivita/{activity.slug}").text
        assert signup.public_id not in page
    assert met == []
    of_it = sa.and_(Notification.subject_type == "signup", Notification.subject_id == signup.id)
    told = set(session().scalars(sa.select(Notification.recipient_id).where(of_it)))
    assert told == {signup.person_id}


def test_a_parent_who_signs_the_child_up_there_goes_the_usual_way(new_visitor, connection):
    with transaction():
        cast = casting.assemble()
        ward = cast.people["minor"]
    activity, opening = counselling()
    sign_up_alone(new_visitor(), activity, opening, given_name=ward.given_name, family_name=ward.family_name)
    parent = cast.visit_as("guardian", new_visitor())
    typed = {"opening": opening.public_id, "person": str(ward.id), "authorises": "y", "is_responsible": "y"}
    parent.submit(f"/attivita/{activity.slug}/iscrizione", typed)
    own = session().scalars(sa.select(Signup).where(Signup.person_id == ward.id, Signup.opening_id == opening.id)).one()
    assert own.state is SignupState.CONFIRMED


def test_the_desk_reads_that_nobody_at_home_knows(client, new_visitor):
    activity, opening = counselling()
    sign_up_alone(client, activity, opening)
    with transaction():
        boss = make.account()
        make.member(activity.organisation_id, boss.id, OrganisationRole.OWNER)
    slug = session().scalar(sa.text("SELECT slug FROM organisation WHERE id = :id"), {"id": activity.organisation_id})
    visitor = new_visitor()
    visitor.sign_in(boss, with_second_factor=True)
    page = visitor.get(f"/gestione/{slug}/attivita/{activity.public_id}").text
    assert "a casa non lo sa nessuno" in page and "Ne risponde" not in page


def test_the_officer_marks_and_takes_it_back(new_visitor, connection):
    with transaction():
        activity, _, _ = make.published(title="Sportello Arcobaleno")
        officer = make.account()
        roles.grant_role(SYSTEM, officer.id, Role.SAFEGUARDING_OFFICER)
    visitor = new_visitor()
    visitor.sign_in(officer, with_second_factor=True)
    page = visitor.get("/amministrazione/tutela/ascolto?q=arcobaleno")
    assert "Sportello Arcobaleno" in page.text
    path = f"/amministrazione/tutela/ascolto/{activity.public_id}"
    marked = visitor.submit(path, {"is_counselling": "y"}, follow_redirects=True)
    assert "segnata come ascolto" in marked.text and "Non è ascolto" in marked.text
    back = visitor.submit(path, {"is_counselling": "n"}, follow_redirects=True)
    assert "Non è più segnata" in back.text


def test_who_is_of_age_only_when_it_begins_is_asked_for_an_address_of_their_own(client):
    activity, opening = counselling()
    day = make.NOW.date() + timedelta(days=7)
    born = (str(day.day), str(day.month), str(day.year - 18))
    second = client.submit(f"/attivita/{activity.slug}/iscrizione", who(opening, born))
    assert "leggi solo tu" in second.text
