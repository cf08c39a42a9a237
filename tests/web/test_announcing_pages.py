"""Writing to the people at the desk: counted, seen once more, sent once."""

from __future__ import annotations

import sqlalchemy as sa

from civic.announcements.models import Announcement
from civic.kernel.db import session, transaction
from tests import factories as make
from tests.web.test_desk import desk, facilitator_of  # noqa: F401


def test_a_message_is_seen_once_more_and_goes_once(client, desk, new_visitor):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator), capacity=1)
        make.signed_up(opening)
        make.signed_up(opening, joins_queue=True)
    page = f"{base}/attivita/{activity.public_id}/messaggi"
    assert "Scrivi alle persone" in client.get(f"{base}/attivita/{activity.public_id}").text
    text = client.get(page).text
    assert "Tutti: 2" in text and "Chi ha il posto: 1" in text and "Scritti finora" not in text
    refused = client.submit(page, {"audience": "everybody", "text": " "})
    assert refused.status_code == 422 and "Scrivi il messaggio" in refused.text
    sent = {"audience": "everybody", "text": "Portate le <b>scarpe</b>.\r\n\r\nA giovedì"}
    seen = client.submit(page, sent)
    assert seen.status_code == 200 and "Va a 2 persone" in seen.text and "&lt;b&gt;scarpe" in seen.text
    assert session().scalar(sa.select(sa.func.count()).select_from(Announcement)) == 0
    again = client.submit(page, {**sent, "back": "1"})
    assert again.status_code == 200 and "Portate le" in again.text and "Rileggi" in again.text
    key = client.hidden(page, "submit_key")
    for _ in range(2):
        done = client.submit(page, {**sent, "confirmed": "1", "submit_key": key}, follow_redirects=True)
        assert "Scritti finora" in done.text and coordinator.name in done.text
    assert session().scalar(sa.select(sa.func.count()).select_from(Announcement)) == 1
    visitor = new_visitor()
    visitor.sign_in(facilitator_of(row), with_second_factor=True)
    assert visitor.get(page).status_code == 403
