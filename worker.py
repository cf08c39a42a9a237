"""The worker and its clock: `celery -A worker worker`, `celery -A worker beat`."""

from civic.app import create_app
from civic.jobs.celery import make_celery

celery = make_celery(create_app())
