"""A signature on paper, recorded at the desk."""

from __future__ import annotations

from civic.activities.types import SignupState
from civic.kernel.db import transaction
from tests import factories as make
from tests.web.test_desk import desk, facilitator_of  # noqa: F401
from tests.web.test_signing_up_pages import one_signup


def test_the_desk_records_who_signed_and_nothing_typed_is_lost(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator))
        person, _, signup = make.signed_up(opening, make.THIRTEEN, guardian_id=make.account().id)
    page = f"{base}/attivita/{activity.public_id}/iscrizioni/{signup}/carta"
    assert "Firmato su carta" in client.get(f"{base}/attivita/{activity.public_id}").text
    typed = {"given_name": "Fatima", "family_name": "El Amrani", "phone": "333 12"}
    refused = client.submit(page, typed)
    assert refused.status_code == 422 and "Spunta la casella" in refused.text and 'value="Fatima"' in refused.text
    assert "Nome" in client.get(page).text and person.family_name not in client.get(page).text
    assert "numero di telefono" in client.submit(page, {**typed, "seen": "y"}).text
    typed["phone"] = ""
    assert "nessun altro da avvisare" in client.submit(page, {**typed, "seen": "y", "consent": "y"}).text
    typed["phone"] = "333 123 4567"
    assert "Sotto i 14 anni" in client.submit(page, {**typed, "seen": "y"}).text
    done = client.submit(page, {**typed, "seen": "y", "consent": "y"}, follow_redirects=True)
    assert one_signup().state is SignupState.CONFIRMED
    assert "Fatima El Amrani" in done.text and "333 123 4567" in done.text and "Firmato su carta" not in done.text
    assert "non manca nessuna" in client.submit(page, {**typed, "seen": "y", "consent": "y"}).text
    visitor = new_visitor()
    visitor.sign_in(facilitator_of(row), with_second_factor=True)
    assert visitor.get(page).status_code == 403
