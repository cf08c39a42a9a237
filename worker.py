"""The worker and its clock: `celery -A worker worker`, `celery -A worker beat`."""

from civic import subscriptions
from civic.app import create_app
from civic.jobs.celery import make_celery

subscriptions.register()
celery = make_celery(create_app())
