"""How much waits at the broker, for the pages of who runs the platform."""

from __future__ import annotations

import logging

import redis
from flask import current_app

from civic.kernel.queues import QUEUES

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1


def queue_lengths() -> dict[str, int] | None:
    """Return how many tasks wait in each queue, or None where the broker does not answer within a second."""
    url = current_app.config["SITE"].REDIS_URL
    options = {"socket_timeout": _PATIENCE_SECONDS, "socket_connect_timeout": _PATIENCE_SECONDS}
    try:
        with redis.Redis.from_url(url, **options) as broker:
            return {name: broker.llen(name) for name in QUEUES}
    except redis.RedisError as error:
        log.warning("broker_does_not_answer %s", type(error).__name__)
        return None
