"""The figures of sending for Prometheus, at /metrics, for whoever has the token of the site; without a token there is no page.

This module is loaded only where there is a token: a site that nobody watches so need not carry the library.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from civic.kernel.errors import NotFound
from civic.notifications import alarms, figures
from civic.web.access import Access, place
from civic.web.broker import queue_lengths

blueprint = Blueprint("metrics", __name__)


def register(app: Flask) -> None:
    """Give `app` the page; who may read it is decided by the token that it asks for."""
    app.register_blueprint(blueprint)
    place(Access.PUBLIC, "metrics.metrics")


@blueprint.get("/metrics")
def metrics():
    """Answer with the figures of this moment; NotFound, as if there were no page, without the right token."""
    _scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if not hmac.compare_digest(token.encode(), current_app.config["SITE"].METRICS_TOKEN.encode()):
        raise NotFound
    registry = CollectorRegistry()
    registry.register(_Sending())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Sending:
    """What Prometheus reads: gauges of one moment, which need no memory between two questions."""

    def describe(self) -> list[Metric]:
        """Nothing in advance: then the library asks for no figures when the collector is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        now = figures.collect()
        oldest = now.oldest_due.total_seconds() if now.oldest_due else 0
        yield GaugeMetricFamily("civic_oldest_due_seconds", "For how long the oldest message has been due.", value=oldest)
        counts = {"waiting": now.waiting, "due": now.due, "retrying": now.retrying, "held": now.held}
        yield _labelled("civic_deliveries", "Deliveries that are not done, by what they wait for.", "stage", counts)
        yield _labelled("civic_deliveries_last_hour", "Deliveries that ended in the last hour.", "state", now.ended)
        yield _labelled("civic_returns_last_hour", "Mails that came back in the last hour.", "kind", now.returned)
        yield GaugeMetricFamily("civic_events_parked", "Events that were given up.", value=now.parked)
        ages = {name: age.total_seconds() for name, age in now.heartbeats.items()}
        yield _labelled("civic_heartbeat_age_seconds", "Since when a part shows no progress.", "part", ages)
        paused = {pause.domain or "all": 1 for pause in now.pauses}
        yield _labelled("civic_sending_paused", "To whom nothing is sent now.", "domain", paused)
        ringing = set(alarms.alarms_of(now))
        rings = {alarm: alarm in ringing for alarm in alarms.Alarm}
        yield _labelled("civic_alarm", "1 where somebody must look.", "alarm", rings)
        queues = queue_lengths()
        yield GaugeMetricFamily("civic_broker_up", "1 where the broker answers.", value=queues is not None)
        yield _labelled("civic_queue_length", "Tasks that wait at the broker.", "queue", queues or {})


def _labelled(name: str, documentation: str, label: str, values: dict) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for value, number in values.items():
        family.add_metric([str(value)], float(number))
    return family
