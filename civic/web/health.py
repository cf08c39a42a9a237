"""Whether the site is well, for whoever watches over it: no personal data, no session."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask import Blueprint, Flask, jsonify
from sqlalchemy.exc import SQLAlchemyError

from civic.kernel import clock
from civic.kernel.db import session
from civic.web.access import Access, place

blueprint = Blueprint("health", __name__)
log = structlog.get_logger()

_LATE = timedelta(minutes=5)
_OLDEST_DUE = sa.text(
    "SELECT min(next_attempt_at) FROM outbox_event WHERE done_at IS NULL AND parked_at IS NULL AND next_attempt_at <= :now"
)


def register(app: Flask) -> None:
    """Give `app` its health page."""
    app.register_blueprint(blueprint)
    place(Access.PUBLIC, "health.health")


@blueprint.get("/salute")
def health():
    """Say whether the database answers (503 where it does not) and whether messages leave in time."""
    now = clock.now()
    try:
        oldest = session().scalar(_OLDEST_DUE, {"now": now})
    except SQLAlchemyError as error:
        log.warning("database_unavailable", error=type(error).__name__, endpoint="health.health")
        return jsonify(database="down", messages="unknown"), 503, {"Retry-After": "10"}
    is_late = oldest is not None and now - oldest > _LATE
    return jsonify(database="ok", messages="late" if is_late else "ok")
