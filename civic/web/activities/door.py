"""The square code that is shown at the door: an image of its own, because drawing it takes longer than the page it is on."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response

from civic.activities.door_codes import mark_of
from civic.activities.queries import linked as links
from civic.activities.queries.guardians import with_ward
from civic.activities.queries.signups import get_signup_for
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.errors import NotFound
from civic.web.activities.signup_pages import is_about
from civic.web.signing_in import current_actor

blueprint = Blueprint("door", __name__)


@blueprint.get("/iscrizioni/<public_id>/codice.svg")
def own(public_id: str) -> Response:
    """Draw the code for whose it is, and for who answers for them."""
    return _drawing(with_ward(current_actor(), public_id), public_id)


@blueprint.get("/i/<token>/codice.svg")
def linked(token: str) -> Response:
    """Draw the code for a person without an account, through the signed link of their mails."""
    return _drawing(*links.actor_of_token(token))


def _drawing(actor: Actor, public_id: str) -> Response:
    if not is_about(actor, get_signup_for(actor, public_id, clock.now())):
        raise NotFound
    # Light ground, so that it reads on a dark page as well.
    drawing = BytesIO()
    segno.make(mark_of(public_id), error="m").save(drawing, kind="svg", scale=5, border=4, dark="#16203d", light="#fff")
    return Response(drawing.getvalue(), mimetype="image/svg+xml")
