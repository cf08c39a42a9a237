"""The sign-up window of a shift and its hour to meet, at the desk and on the public page."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.models import Activity, Occurrence
from civic.activities.services import moving
from civic.activities.services.publishing import OpeningFields
from civic.activities.types import ActivityKind, Terms
from civic.kernel import clock
from civic.kernel.db import session, transaction
from tests import factories as make
from tests.web.test_desk import WORDS
from tests.web.test_desk_meetings import meetings_of, moved_form

TERMS = {"meets_minutes": "15", "signup_opens_days": "2", "signup_closes_hours": "24"}


@pytest.fixture
def desk(client, connection):
    """Two volunteer shifts in three days and a week later, their coordinator signed in; return (activity, page, coordinator)."""
    with transaction():
        row, coordinator = make.organisation()
        places = tuple(OpeningFields(ActivityKind.VOLUNTEERING, 3, "cucina", occurrence=number) for number in (0, 1))
        activity, _, _ = make.published(
            ActivityKind.VOLUNTEERING, by=(row, coordinator), openings=places, meetings=2, starts_in=timedelta(days=3)
        )
    client.sign_in(session().get(Person, coordinator.person_id), with_second_factor=True)
    return activity, f"/gestione/{row.slug}/attivita/{activity.public_id}", coordinator


def give(activity, coordinator, *terms: Terms) -> None:
    with transaction():
        for meeting, own in zip(meetings_of(activity), terms, strict=False):
            moving.change_terms(coordinator, meeting.public_id, own)


def test_the_desk_gives_a_shift_its_window_and_its_hour_to_meet_and_shows_them(client, desk):
    activity, page, _ = desk
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/ritrovo"
    assert client.get(url).status_code == 200
    assert client.submit(url, {**TERMS, "seen": client.hidden(url, "seen")}).status_code == 302
    shown = client.get(page).text
    assert "Ritrovo alle 08:45" in shown and "Le iscrizioni aprono" in shown
    assert 'value="15"' in client.get(url).text
    assert "Ritrovo alle 08:45" in client.get(f"{page}/incontri/{meeting.public_id}/foglio").text


def test_of_two_tabs_the_later_does_not_wipe_what_the_earlier_has_written(client, desk):
    activity, page, _ = desk
    meeting = meetings_of(activity)[0]
    url = f"{page}/incontri/{meeting.public_id}/ritrovo"
    opened = {"seen": client.hidden(url, "seen")}
    assert client.submit(url, {"signup_closes_hours": "24", **opened}).status_code == 302
    for seen in (opened, {}):
        late = client.submit(url, {"meets_minutes": "15", **seen})
        assert late.status_code == 422 and "Nel frattempo" in late.text
    shown = client.hidden(url, "seen")
    assert client.submit(url, {"meets_minutes": "15", "signup_closes_hours": "24", "seen": shown}).status_code == 302
    assert session().get(Occurrence, meeting.id).signup_closes_hours == 24


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"signup_closes_hours": "48"}, "chiudersi dopo"),
        ({"signup_closes_hours": "-1"}, "da 0 a 8760"),
        ({"meets_minutes": "241"}, "da 0 a 240"),
    ],
)
def test_a_window_that_cannot_be_is_refused_beside_its_field_and_nothing_typed_is_lost(client, desk, wrong, said):
    activity, page, _ = desk
    answer = client.submit(f"{page}/incontri/{meetings_of(activity)[0].public_id}/ritrovo", {**TERMS, **wrong})
    assert answer.status_code == 422 and said in answer.text
    assert f'value="{next(iter(wrong.values()))}"' in answer.text and 'value="2"' in answer.text


def test_before_a_shift_moves_one_reads_where_its_window_and_its_hour_to_meet_go(client, desk):
    activity, page, coordinator = desk
    give(activity, coordinator, Terms(2, 24, 15))
    meeting = meetings_of(activity)[0]
    preview = client.submit(f"{page}/incontri/{meeting.public_id}/sposta", moved_form(meeting)).text
    for words in ("Ritrovo", "08:45", "17:45", "Le iscrizioni aprono", "mer 25 nov, 18:00"):
        assert words in preview, words


def test_a_new_shift_and_a_series_have_their_terms_from_the_form(client, desk):
    activity, page, _ = desk
    added = {"day": "2026-12-20", "starts": "10:00", "ends": "12:00", **TERMS}
    assert client.submit(f"{page}/incontri", added).status_code == 302
    assert meetings_of(activity)[2].meets_minutes == 15
    series = {**WORDS, **{f"meetings-0-{name}": value for name, value in TERMS.items()}}
    assert client.submit(f"{page.rsplit('/', 1)[0]}/nuova", series).status_code == 302
    written = sa.select(Occurrence).join(Activity, Activity.id == Occurrence.activity_id).where(Activity.state == "draft")
    rows = session().scalars(written.order_by(Occurrence.starts_at)).all()
    assert [(row.starts_at - row.signup_closes_at, row.starts_at - row.meets_at) for row in rows] == [
        (timedelta(hours=24), timedelta(minutes=15))
    ] * 3


def test_the_public_page_says_of_each_shift_when_one_can_sign_up_and_offers_only_what_is_open(client, desk):
    activity, _, coordinator = desk
    give(activity, coordinator, Terms(signup_closes_hours=1, meets_minutes=30), Terms(signup_opens_days=5))
    first = client.get(f"/attivita/{activity.slug}").text
    assert "Le iscrizioni chiudono" in first and "Le iscrizioni aprono" in first and "Ritrovo alle 08:30" in first
    assert first.count("/iscrizione?posto=") == 1
    form = client.get(f"/attivita/{activity.slug}/iscrizione").text
    assert "gio 26 nov, 09:00" in form and "gio 3 dic, 09:00" not in form
    with clock.frozen(meetings_of(activity)[0].starts_at - timedelta(minutes=30)):
        later = client.get(f"/attivita/{activity.slug}").text
        assert "Le iscrizioni si sono chiuse" in later and "/iscrizione?posto=" not in later
        assert client.get(f"/attivita/{activity.slug}/iscrizione").status_code == 302
