"""Who coordinates an activity can call who waits or has a place; nobody else reads how."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Person
from civic.activities.models import Opening, Signup
from civic.activities.types import SignupState
from civic.kernel.db import session, transaction
from tests import factories as make
from tests.web import cast as casting


@pytest.fixture
def cast(connection):
    with transaction():
        cast = casting.assemble()
        guardian = cast.people["guardian"]
        values = {"given_name": "Zqanna", "family_name": "Zqneri", "phone": "+390514567890"}
        session().execute(sa.update(Person).where(Person.id == guardian.id).values(**values))
        session().execute(sa.update(Account).where(Account.person_id == guardian.id).values(email="zqanna@example.org"))
        return cast


def page_of(cast) -> str:
    return f"/gestione/{cast.values['organisation']}/attivita/{cast.values['activity']}"


OF_THE_GUARDIAN = ("Zqanna Zqneri", 'href="tel:+390514567890"', "zqanna@example.org")


@pytest.mark.parametrize("role", casting.EDITORS)
def test_who_coordinates_reads_the_phone_of_each_and_who_answers_for_a_minor(cast, new_visitor, role):
    with transaction():
        session().execute(sa.update(Person).where(Person.id == cast.child.id).values(phone="+393331234567"))
    text = cast.visit_as(role, new_visitor()).get(page_of(cast)).text
    assert '<a class="tnum" href="tel:+393331234567">333 123 4567</a>' in text
    assert all(text.count(one) >= 2 for one in OF_THE_GUARDIAN)
    assert text.count("nessun telefono") == 1


@pytest.mark.parametrize("role", [role for role in casting.ROLES if role not in (*casting.EDITORS, "guardian")])
def test_nobody_else_reads_at_the_desk_or_in_public_who_answers_for_a_minor(cast, new_visitor, role):
    visitor = cast.visit_as(role, new_visitor())
    for path in (page_of(cast), f"{page_of(cast)}/iscritti.csv", f"/attivita/{cast.values['slug']}"):
        text = visitor.get(path).text
        assert not [one for one in (*OF_THE_GUARDIAN, "nessun telefono") if one in text], path


@pytest.mark.parametrize("state", [SignupState.UNCONFIRMED, SignupState.WAITING])
def test_whom_an_authorisation_asks_is_reached_only_once_the_address_of_who_signed_up_is_known(cast, new_visitor, state):
    with transaction():
        asked = make.account(name="Zqbruno")
        opening = session().scalar(sa.select(Opening).where(Opening.public_id == cast.values["opening"]))
        _, _, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=asked.id)
    coordinator = cast.visit_as("coordinator", new_visitor())
    assert "Zqbruno" in coordinator.get(page_of(cast)).text
    with transaction():
        values = {"state": state, "awaits_click": True}
        session().execute(sa.update(Signup).where(Signup.public_id == public_id).values(**values))
    text = coordinator.get(page_of(cast)).text
    assert "Zqbruno" not in text and 'id="da-confermare"' in text
    assert "Da confermare" in coordinator.get(f"{page_of(cast)}/iscritti.csv").text
