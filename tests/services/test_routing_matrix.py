"""The routing matrix: who is told what about a sign-up, by age, line by line. A new kind fails until it has its line."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from civic.activities.models import Signup
from civic.activities.services.authorising import Given
from civic.activities.services.signing_up import Entry, sign_up
from civic.kernel.ids import new_public_id
from civic.notifications.catalogue import MESSAGES
from civic.notifications.messages.about_signup import SignupMessage
from civic.notifications.routing import recipients_for
from tests import factories as make

# Under 14 | 14 to 17 | 14 to 17 without an address of their own | from 18. G the guardian, Y who comes.
BY_AGE = """
signup_confirmed        G | Y G | G | Y
signup_requested        G | Y G | G | Y
signup_waiting          G | Y G | G | Y
draw_entered            G | Y G | G | Y
draw_moved              G | Y G | G | Y
drawn_to_wait           G | Y G | G | Y
signup_declined         G | Y G | G | Y
signup_cancelled        G | Y G | G | Y
signup_expired          G | Y G | G | Y
offer_made              G | Y G | G | Y
offer_expired           G | Y G | G | Y
place_freed_late        G | Y G | G | Y
place_withdrawn         G | Y G | G | Y
turn_passed             G | Y G | G | Y
wait_ended              G | Y G | G | Y
occurrence_added        G | Y G | G | Y
occurrence_moved        G | Y G | G | Y
occurrence_cancelled    G | Y G | G | Y
activity_cancelled      G | Y G | G | Y
announcement            G | Y G | G | Y
certificate_ready       G | Y G | G | Y
collection_changed      G | Y G | G | Y
reminder                G | Y G | G | Y
authorisation_granted   G | Y   | G | Y
authorisation_missing   G | Y   | G | Y
"""
TO_ONE = {"address_confirmation", "authorisation_asked", "authorisation_reminder", "second_asked", "health_deleted"}
"""The address that was typed, or the guardian who is asked: nobody else, whatever the age."""
AGES = (make.THIRTEEN, make.SIXTEEN, make.SIXTEEN, make.ADULT)


def lines() -> dict[str, tuple[set[str], ...]]:
    table = {}
    for line in BY_AGE.strip().splitlines():
        kind, _space, cells = line.partition(" ")
        table[kind] = tuple(set(cell.split()) for cell in cells.split("|"))
    return table


def test_every_message_about_a_signup_has_its_line():
    about = {kind for kind, message in MESSAGES.items() if issubclass(message, SignupMessage)}
    to_coordinators = {kind for kind in about if MESSAGES[kind].__module__.endswith((".organisations", ".coordinating"))}
    assert about - to_coordinators == set(lines()) | TO_ONE


@pytest.mark.parametrize("kind", sorted(lines()))
@pytest.mark.parametrize("column", range(4))
def test_who_is_told_is_as_the_line_says(tx, kind, column):
    _, opening, _ = make.published()
    young = make.person(AGES[column], **({"email": None} if column == 2 else {}))
    guardian = make.guardian_of(young) if column < 3 else make.actor_of(young)
    given = Given(guardian.person_id, "Autorizzo") if column < 3 else None
    public_id = sign_up(guardian, Entry(opening.public_id, young.id, new_public_id(), authorisation=given))
    signup_id = tx.scalar(sa.select(Signup.id).where(Signup.public_id == public_id))
    named = {young.id: "Y", guardian.person_id: "G"} if column < 3 else {young.id: "Y"}
    assert {named[id_] for id_ in recipients_for(signup_id, kind)} == lines()[kind][column]
