"""Celery's settings, for workers and their clock: early acknowledgement, because a row guarantees every message."""

from __future__ import annotations

from kombu import Exchange, Queue

from civic.jobs.schedule import SCHEDULE
from civic.kernel.queues import QUEUES
from config import Config

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
    }
