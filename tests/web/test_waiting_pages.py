"""What somebody who waits reads on the page of the sign-up and in their list, whether or not a job has come round."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import UserSession
from civic.activities.services import answering, holds, moving
from civic.activities.services.ending import end_at_start, end_unanswered_waits
from civic.kernel import clock
from civic.kernel.db import session, transaction
from tests import factories as make

LATER = make.NOW + timedelta(days=5)
BEGUN = make.NOW + timedelta(days=60, minutes=1)


@pytest.fixture
def queue(client, connection):
    """One place, taken; three wait, the first of them signed in. Return the opening, how the place is freed, the page."""
    with transaction():
        _, opening, _ = make.published(capacity=1, starts_in=timedelta(days=60))
        _, holder, held = make.signed_up(opening)
        person, _, signup = make.signed_up(opening, joins_queue=True)
        for _ in range(2):
            make.signed_up(opening, joins_queue=True)
    client.sign_in(person)
    with transaction():
        session().execute(sa.update(UserSession).values(expires_at=BEGUN + timedelta(days=1)))

    def free() -> None:
        with transaction():
            answering.cancel_signup(holder, held)

    return opening, free, f"/iscrizioni/{signup}"


def test_a_missed_offer_leaves_one_in_the_list_with_a_number(client, queue):
    opening, free, page = queue
    free()
    assert "Prendi il posto" in client.get(page).text
    with clock.frozen(LATER):
        text = client.get(page).text
        assert "Sei ancora in lista, al numero 2" in text and "offerto un posto 1 volta" in text
        assert "Ricomincia" not in text and "Scaduta" not in text and "Prendi il posto" not in text
        assert "In lista d&#39;attesa, numero 2" in client.get("/area-personale").text
        with transaction():
            holds.end_holds(opening.id)
        assert "al numero 2 della lista" in client.get(page).text


def test_who_waited_until_it_began_reads_that_there_was_no_place(client, queue):
    opening, _, page = queue
    with clock.frozen(BEGUN):
        before = client.get(page).text
        with transaction():
            end_at_start(opening.id)
        for text in (before, client.get(page).text):
            assert "Questa volta il posto non c&#39;è stato" in text and "Ricomincia" not in text
        assert "Non c&#39;è stato posto" in client.get("/area-personale").text


def test_a_free_place_is_not_shown_to_be_taken_once_it_has_begun(client, connection):
    with transaction():
        _, opening, _ = make.published(capacity=1, starts_in=timedelta(hours=2))
        _, holder, held = make.signed_up(opening)
        person, _, signup = make.signed_up(opening, joins_queue=True)
        answering.cancel_signup(holder, held)
    client.sign_in(person)
    assert "Prendi il posto" in client.get(f"/iscrizioni/{signup}").text
    with clock.frozen(make.NOW + timedelta(hours=2)):
        assert "Prendi il posto" not in client.get(f"/iscrizioni/{signup}").text


def test_whose_parent_was_silent_reads_that_one_can_ask_again(client, connection):
    with transaction():
        _, opening, _ = make.published(capacity=1)
        make.signed_up(opening)
        person, _, signup = make.signed_up(opening, make.SIXTEEN, joins_queue=True, guardian_id=make.person().id)
    client.sign_in(person)
    with clock.frozen(make.NOW + timedelta(hours=73)):
        with transaction():
            end_unanswered_waits(opening.id)
        text = client.get(f"/iscrizioni/{signup}").text
    assert "Un genitore non ha risposto in tempo" in text and "/genitore" in text


@pytest.mark.parametrize("is_offered", [False, True])
def test_who_is_not_yet_18_on_the_new_day_reads_so_beside_the_place_and_names_a_parent(client, connection, is_offered):
    with transaction():
        activity, opening, coordinator = make.published(starts_in=timedelta(days=19), capacity=1)
        first = make.signed_up(opening) if is_offered else None
        person, _, signup = make.signed_up(opening, date(2008, 12, 10), joins_queue=is_offered)
        if first:
            answering.cancel_signup(first[1], first[2])
    client.sign_in(person)
    page = f"/iscrizioni/{signup}"
    assert "manca il sì di un genitore" not in client.get(page).text
    with transaction():
        (meeting,) = make.occurrences_of(activity)
        begin, end = (at - timedelta(days=7) for at in (meeting.starts_at, meeting.ends_at))
        moving.move_occurrence(coordinator, meeting.public_id, begin, end, None, 0)
    text = client.get(page).text
    assert "uel giorno non hai ancora 18 anni: manca il sì di un genitore" in text
    assert client.submit(f"{page}/genitore", {"email": "mamma@example.org"}).status_code == 302
    assert "Abbiamo scritto a mamma@example.org" in client.get(page).text
