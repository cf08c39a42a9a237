"""Several children signed up at once: one screen, one answer, and every mistake beside its field."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.models import Signup
from civic.activities.services import answering
from civic.activities.types import SignupState
from civic.kernel.db import session, transaction, writing
from tests import factories as make
from tests.services.test_classes import come
from tests.web.test_desk import desk  # noqa: F401

BOXES = {"is_responsible": "y", "authorises": "y"}


def a_family(client, *ages) -> list:
    """Sign in somebody who answers for children of these ages; return them."""
    with transaction():
        children = [make.person(born) for born in ages or (make.THIRTEEN, make.SIXTEEN)]
        parent = make.guardian_of(*children)
        adult = writing().get(Person, parent.person_id)
    client.sign_in(adult)
    return children


def states() -> list[SignupState]:
    return list(session().scalars(sa.select(Signup.state).order_by(Signup.id)))


def test_a_parent_signs_up_two_and_finds_both(client):
    with transaction():
        activity, opening, _ = make.published(capacity=2)
    children = a_family(client)
    page = f"/attivita/{activity.slug}/iscrizione/insieme"
    assert page in client.get(f"/attivita/{activity.slug}/iscrizione").text
    text = client.get(page).text
    assert all(child.full_name in text for child in children) and "Tutti o nessuno" in text
    typed = {"opening": opening.public_id, "children": [str(child.id) for child in children], "all_or_none": "y", **BOXES}
    done = client.submit(page, typed, follow_redirects=True)
    assert "Fatto" in done.text and states() == [SignupState.CONFIRMED] * 2


def test_every_mistake_is_said_and_what_was_ticked_stays(client):
    with transaction():
        activity, opening, _ = make.published(capacity=5, age_min=14)
    children = a_family(client)
    page = f"/attivita/{activity.slug}/iscrizione/insieme"
    both = [str(child.id) for child in children]
    typed = {"opening": opening.public_id, "children": both, "all_or_none": "y", **BOXES}
    alone = client.submit(page, {**typed, "children": both[:1]})
    assert alone.status_code == 422 and "Scegline da 2 a 4" in alone.text
    unsaid = client.submit(page, {"opening": opening.public_id, "children": both})
    assert unsaid.status_code == 422 and 'id="all_or_none-error"' in unsaid.text and "checked" in unsaid.text
    young = client.submit(page, typed)
    assert young.status_code == 422 and f"{children[0].given_name} non si può iscrivere" in young.text
    strange = client.submit(page, {**typed, "children": [*both[:1], "999999"]})
    assert strange.status_code == 422 and states() == []


def test_they_wait_together_and_one_answer_counts_for_both(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), capacity=2)
        others = [come(opening) for _ in range(2)]
    parent = new_visitor()
    children = a_family(parent)
    typed = {"opening": opening.public_id, "children": [str(child.id) for child in children], "all_or_none": "y", **BOXES}
    parent.submit(f"/attivita/{activity.slug}/iscrizione/insieme", typed)
    first = session().scalar(sa.select(Signup.public_id).where(Signup.person_id == children[0].id))
    assert "Insieme a un fratello" in parent.get(f"/iscrizioni/{first}").text
    assert "solo insieme a un fratello o una sorella" in client.get(f"{base}/attivita/{activity.public_id}").text
    with transaction():
        for one in others:
            answering.cancel_signup(*one)
    text = parent.get(f"/iscrizioni/{first}").text
    assert "una risposta vale per tutti" in text
    parent.submit(f"/iscrizioni/{first}/accetta")
    assert states()[2:] == [SignupState.CONFIRMED] * 2


def test_who_answers_for_one_alone_is_sent_to_the_usual_page(client):
    with transaction():
        activity, _, _ = make.published()
    a_family(client, make.SIXTEEN)
    page = f"/attivita/{activity.slug}/iscrizione"
    assert client.get(f"{page}/insieme").headers["Location"].endswith("/iscrizione")
    assert "/insieme" not in client.get(page).text


def test_the_address_of_the_other_parent_is_that_of_none_of_the_children(client):
    with transaction():
        activity, opening, _ = make.published(capacity=5, authorisations_needed=2)
    children = a_family(client)
    typed = {"opening": opening.public_id, "children": [str(child.id) for child in children], "all_or_none": "y", **BOXES}
    page = f"/attivita/{activity.slug}/iscrizione/insieme"
    for child in children:
        refused = client.submit(page, {**typed, "second_email": child.email})
        assert refused.status_code == 422 and 'id="second_email-error"' in refused.text and states() == []
    client.submit(page, {**typed, "second_email": "papa@example.org"})
    assert states() == [SignupState.PENDING_GUARDIAN] * 2
