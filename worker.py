"""The worker: `celery -A worker worker`. Its clock is in civic/jobs/clock.py."""

import gc

from civic import subscriptions
from civic.core import create_core
from civic.jobs.celery import make_celery

subscriptions.register()
celery = make_celery(create_core())

# What is loaded by now is shared by the processes that do the work, as long as the collector leaves it alone.
gc.collect()
gc.freeze()
