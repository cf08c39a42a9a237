"""The pages on which both parents say yes, one after the other."""

from __future__ import annotations

from civic.accounts.models import Person
from civic.accounts.types import LinkPurpose
from civic.activities.models import Activity
from civic.activities.queries.linked import manage_token
from civic.activities.types import SignupState
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session, transaction, writing
from civic.organisations.models import Organisation
from tests import factories as make
from tests.web.test_signing_up_pages import details, one_signup, published, token, who

TICKED = {"name": "Maria Rossi", "is_responsible": "y", "authorises": "y", "consent": "y"}


def asked_of_a_parent(client) -> str:
    """Let a child sign up for what both must allow, and return the address of the question to the first."""
    activity, opening, _ = published(authorisations_needed=2)
    second = client.submit(f"/attivita/{activity.slug}/iscrizione", who(opening, ("1", "6", "2013")))
    assert "il primo che risponde ci dice come raggiungere l'altro" in second.text.replace("&#39;", "'")
    typed = details(second, given_name="Leo", guardian_email="mamma@example.org")
    client.post(f"/attivita/{activity.slug}/iscrizione", data=typed)
    return f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}"


def enrol_a_child(client, activity, opening) -> str:
    """Let a parent without account enrol a child, and return the address at which they confirm."""
    path = f"/attivita/{activity.slug}/iscrizione"
    second = client.submit(path, who(opening, ("1", "6", "2013"), "child"))
    typed = {"child_given_name": "Leo", "child_family_name": "Rossi", "given_name": "Maria", "family_name": "Rossi"}
    boxes = {"email": "maria@example.org", "is_responsible": "y", "authorises": "y", "consent": "y"}
    client.post(path, data=details(second, **typed, **boxes))
    return f"/conferma/{token(LinkPurpose.CONFIRM_SIGNUP)}"


def test_the_first_parent_names_the_second_beside_the_field_and_the_second_answers(client, new_visitor):
    first, link = new_visitor(), asked_of_a_parent(client)
    refused = first.submit(link, {**TICKED, "second_email": "mamma@example.org"})
    assert refused.status_code == 422 and 'id="second_email-error"' in refused.text and 'value="Maria Rossi"' in refused.text
    done = first.submit(link, {**TICKED, "second_email": "papa@example.org"}, follow_redirects=True)
    assert "Ora serve anche il sì dell" in done.text and one_signup().state is SignupState.PENDING_GUARDIAN
    other, question = new_visitor(), f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}"
    page = other.get(question).text
    assert 'name="second_email"' not in page and 'name="consent"' not in page
    done = other.submit(question, {"name": "Ugo Rossi", "is_responsible": "y", "authorises": "y"}, follow_redirects=True)
    assert "hai autorizzato" in done.text and one_signup().state is SignupState.CONFIRMED


def test_a_parent_who_is_alone_ticks_one_more_box(client, new_visitor):
    link = asked_of_a_parent(client)
    new_visitor().submit(link, {**TICKED, "is_sole": "y"})
    assert one_signup().state is SignupState.CONFIRMED


def test_the_child_reads_that_the_other_parent_is_waited_for_and_not_their_address(client, new_visitor):
    link = asked_of_a_parent(client)
    new_visitor().submit(link, {**TICKED, "second_email": "papa@example.org"})
    signup = one_signup()
    page = client.get(f"/i/{manage_token(signup.public_id, signup.person_id)}").text
    assert "Aspettiamo l&#39;altro genitore" in page and "papa@example.org" not in page


def test_a_parent_without_account_names_the_second_where_they_confirm(client):
    activity, opening, _ = published(authorisations_needed=2)
    link = enrol_a_child(client, activity, opening)
    refused = client.submit(link, {})
    assert refused.status_code == 422 and 'id="second_email-error"' in refused.text
    assert one_signup().state is SignupState.UNCONFIRMED
    client.submit(link, {"second_email": "papa@example.org"})
    assert one_signup().state is SignupState.PENDING_GUARDIAN


def test_a_parent_with_an_account_names_the_second_on_the_same_screen(client):
    activity, opening, _ = published(authorisations_needed=2)
    with transaction():
        child = make.person(make.THIRTEEN)
        parent = make.guardian_of(child)
        adult = writing().get(Person, parent.person_id)
    client.sign_in(adult)
    typed = {"opening": opening.public_id, "person": str(child.id), "authorises": "y", "is_responsible": "y"}
    typed["second_email"] = adult.email
    refused = client.submit(f"/attivita/{activity.slug}/iscrizione", typed)
    assert refused.status_code == 422 and 'id="second_email-error"' in refused.text
    client.submit(f"/attivita/{activity.slug}/iscrizione", {**typed, "second_email": "papa@example.org"})
    assert one_signup().state is SignupState.PENDING_GUARDIAN


def test_a_link_used_after_a_correction_says_so_and_nothing_of_the_answer(client, new_visitor):
    activity, opening, _ = published()
    path = f"/attivita/{activity.slug}/iscrizione"
    second = client.submit(path, who(opening, ("1", "6", "2013")))
    client.post(path, data=details(second, given_name="Leo", guardian_email="sbagliata@example.org"))
    old, signup = f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}", one_signup()
    client.submit(f"/i/{manage_token(signup.public_id, signup.person_id)}/genitore", {"email": "mamma@example.org"})
    stranger = new_visitor()
    assert "sostituito da uno più nuovo" in stranger.get(old).text
    new_visitor().submit(f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}", TICKED)
    text = stranger.get(old).text
    assert "sostituito da uno più nuovo" in text and "hai autorizzato" not in text


def test_the_desk_asks_for_both_and_says_of_which_yes_is_missing(client, new_visitor):
    link = asked_of_a_parent(client)
    new_visitor().submit(link, {**TICKED, "second_email": "papa@example.org"})
    activity = session().get(Activity, one_signup().activity_id)
    owner = session().get(Organisation, activity.organisation_id)
    with transaction():
        boss = make.account()
        make.member(owner.id, boss.id, OrganisationRole.COORDINATOR)
    client.sign_in(boss, with_second_factor=True)
    page = client.get(f"/gestione/{owner.slug}/attivita/{activity.public_id}").text
    assert "un genitore ha detto sì, manca l&#39;altro" in page
