"""The clock of the workers: `celery -A civic.jobs.clock beat`. It asks for tasks by name and needs nothing of what they do."""

from celery import Celery

from civic.jobs.settings import settings_for
from config import load

celery = Celery("civic-clock")
celery.conf.update(settings_for(load()))
