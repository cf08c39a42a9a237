"""The nudge that makes a message leave within a second; losing one costs half a minute, never a message."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from config import Config


def make(config: Config) -> Callable[[], None]:
    """Return a function that asks a worker, through the broker, to empty the outbox now."""


    sender = Celery("civic-nudge", broker=config.broker_url)
    sender.conf.update(
        task_publish_retry=False,
        broker_transport_options={"socket_timeout": 1, "socket_connect_timeout": 1},
        broker_pool_acquire_timeout=2,
        task_ignore_result=True,
    )

    def nudge() -> None:
        sender.send_task("outbox.empty_outbox", queue="critical")

    return nudge
