"""The worker with its protection taken away: no timer and no sweep, only the nudge. For the twin that must lose."""

from civic.jobs import timer
from worker import celery

celery.steps["worker"].discard(timer.SweepTimer)
celery.conf.beat_schedule = {}
