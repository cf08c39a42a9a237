"""The worker's Celery: early acknowledgement, because a row guarantees every message, and a broker that may come and go."""

from __future__ import annotations

import logging

from celery import Celery, Task
from celery.signals import worker_process_init
from flask import Flask
from kombu import Exchange, Queue

from civic.jobs.schedule import SCHEDULE
from civic.jobs.timer import SweepTimer
from civic.kernel import db
from civic.notifications import smtp
from config import Config

log = logging.getLogger(__name__)

QUEUES = ("critical", "mail", "bulk", "periodic", "maintenance")
_VISIBILITY_SECONDS = 300


def settings_for(config: Config) -> dict:
    """Return Celery's settings; why each, docs/operating.md and the notes on what fails say."""
    return {
        "broker_url": config.broker_url,
        "result_backend": None,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        "task_time_limit": 180,
        "task_soft_time_limit": 150,
        "broker_transport_options": {
            "visibility_timeout": _VISIBILITY_SECONDS,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 25,
        },
        "visibility_timeout": _VISIBILITY_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_pool_acquire_timeout": 2,
        "worker_soft_shutdown_timeout": 30,
        "worker_max_tasks_per_child": 1000,
        "worker_eta_task_limit": 1000,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "task_queues": [Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
        "task_default_queue": "maintenance",
        "task_create_missing_queues": False,
        "timezone": "Europe/Rome",
        "beat_schedule": SCHEDULE,
        "beat_schedule_filename": str(config.CIVIC_HOME / "beat"),
        "imports": ("civic.jobs.tasks",),
    }


def make_celery(app: Flask) -> Celery:
    """Return the Celery of `app`: every task runs in its context and leaves no connection behind."""

    class TaskInApp(Task):
        def __call__(self, *args, **kwargs):
            with app.app_context():
                try:
                    return self.run(*args, **kwargs)
                finally:
                    db.release()

    celery = Celery("civic", task_cls=TaskInApp)
    celery.conf.update(settings_for(app.config["SITE"]))
    celery.flask_app = app
    celery.steps["worker"].add(SweepTimer)
    celery.set_default()

    @worker_process_init.connect(weak=False)
    def begin_anew(**_more) -> None:
        """What a child inherited of connections belongs to its parent."""
        with app.app_context():
            db.forget_connections()
        smtp.forget_connections()

    return celery
