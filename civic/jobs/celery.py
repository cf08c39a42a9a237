"""The worker's Celery: early acknowledgement, because a row guarantees every message, and a broker that may come and go."""

from __future__ import annotations

import logging

from celery import Celery, Task
from celery.signals import worker_process_init
from flask import Flask

from civic.jobs.settings import settings_for
from civic.jobs.timer import SweepTimer
from civic.kernel import db
from civic.notifications import smtp

log = logging.getLogger(__name__)


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
    celery.conf.update(settings_for(app.config["SITE"]), imports=("civic.jobs.tasks",))
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
