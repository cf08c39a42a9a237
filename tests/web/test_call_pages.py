"""The call at the desk: the number is asked of who says yes, shown to who may call, and what came of it is noted."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.accounts.types import LinkPurpose
from civic.activities.calls import GuardianCall
from civic.activities.types import SignupState
from civic.kernel.db import session, transaction, writing
from tests import factories as make
from tests.web.test_both_guardians_pages import TICKED, enrol_a_child
from tests.web.test_desk import desk, facilitator_of  # noqa: F401
from tests.web.test_signing_up_pages import details, one_signup, published, token


def test_the_parent_writes_a_number_and_the_desk_notes_the_call(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), asks_call=True)
        child, _, _ = make.signed_up(opening, make.SIXTEEN, guardian_id=make.account().id)
    parent, link = new_visitor(), f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}"
    assert "telefona al genitore che dice sì" in parent.get(f"/attivita/{activity.slug}").text
    refused = parent.submit(link, TICKED)
    assert refused.status_code == 422 and 'id="phone-error"' in refused.text and 'value="Maria Rossi"' in refused.text
    assert "ti telefona" in parent.submit(link, {**TICKED, "phone": "333 123 4567"}, follow_redirects=True).text
    desk_page = f"{base}/attivita/{activity.public_id}"
    page, shown = f"{desk_page}/iscrizioni/{one_signup().public_id}/telefonata", client.get(desk_page).text
    assert "da telefonare" in shown and page in shown and "Una famiglia è ancora da telefonare" in shown
    call = client.get(page).text
    assert child.given_name in call and child.family_name not in call
    assert "Maria Rossi" in call and 'href="tel:+393331234567"' in call
    assert client.submit(page, {}).status_code == 422
    guardian = {"guardian": call.split('name="guardian" value="')[1].split('"')[0]}
    done = client.submit(page, {**guardian, "outcome": "not_reached"}, follow_redirects=True)
    assert "da telefonare" in done.text and "Non ha risposto nessuno" in client.get(page).text
    done = client.submit(page, {**guardian, "outcome": "confirmed"}, follow_redirects=True)
    assert "confermato al telefono" in done.text and "da telefonare" not in done.text
    visitor = new_visitor()
    visitor.sign_in(facilitator_of(row), with_second_factor=True)
    assert visitor.get(page).status_code == 403 and "333 123 4567" not in visitor.get(desk_page).text


def test_a_form_sent_twice_notes_one_call_and_a_denial_ends_the_sign_up(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), asks_call=True)
        make.signed_up(opening, make.SIXTEEN, guardian_id=make.account(phone="+393331234567").id)
    link = f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}"
    assert "al numero che ci hai dato" in new_visitor().get(link).text
    new_visitor().submit(link, TICKED)
    page = f"{base}/attivita/{activity.public_id}/iscrizioni/{one_signup().public_id}/telefonata"
    call = client.get(page)
    typed = details(call, guardian=call.text.split('name="guardian" value="')[1].split('"')[0], outcome="denied")
    first, again = client.post(page, data=typed), client.post(page, data=typed)
    assert first.status_code == again.status_code == 302
    assert one_signup().state is SignupState.CANCELLED
    assert session().scalar(sa.select(sa.func.count()).select_from(GuardianCall)) == 1
    assert "Nessuno da telefonare" in client.get(page).text


def test_a_parent_without_account_writes_the_number_where_they_confirm(client):
    activity, opening, _ = published(asks_call=True)
    link = enrol_a_child(client, activity, opening)
    refused = client.submit(link, {"phone": "12"})
    assert refused.status_code == 422 and 'id="phone-error"' in refused.text and 'value="12"' in refused.text
    assert one_signup().state is SignupState.UNCONFIRMED
    client.submit(link, {"phone": "333 123 4567"})
    assert one_signup().state is SignupState.CONFIRMED


def test_a_parent_with_an_account_writes_the_number_on_the_same_screen_and_reads_of_the_call(client):
    activity, opening, _ = published(asks_call=True)
    with transaction():
        child = make.person(make.THIRTEEN)
        parent = make.guardian_of(child)
        adult = writing().get(Person, parent.person_id)
    client.sign_in(adult)
    typed = {"opening": opening.public_id, "person": str(child.id), "authorises": "y", "is_responsible": "y"}
    refused = client.submit(f"/attivita/{activity.slug}/iscrizione", typed)
    assert refused.status_code == 422 and 'id="phone-error"' in refused.text
    client.submit(f"/attivita/{activity.slug}/iscrizione", {**typed, "phone": "333 123 4567"})
    assert one_signup().state is SignupState.CONFIRMED
