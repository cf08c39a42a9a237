"""What the clock of the workers asks for; every entry may come twice, or late."""

from __future__ import annotations

from celery.schedules import crontab

SCHEDULE = {
    # What waited longer than this for a worker is of no use: the next one is already there.
    "sweep": {"task": "sweep.sweep", "schedule": 30.0, "options": {"queue": "periodic", "expires": 25}},
    "seal the audit": {"task": "nightly.seal_audit", "schedule": crontab(hour=1, minute=10), "options": {"queue": "maintenance"}},
    "clean up": {"task": "nightly.clean_up", "schedule": crontab(hour=3, minute=20), "options": {"queue": "maintenance"}},
    "delete what was entrusted": {
        "task": "nightly.delete_entrusted",
        "schedule": crontab(hour=2, minute=10),
        "options": {"queue": "maintenance"},
    },
    "erase people": {"task": "nightly.erase_people", "schedule": crontab(minute=35), "options": {"queue": "maintenance"}},
    "birthdays": {
        "task": "nightly.tell_of_birthdays",
        "schedule": crontab(hour=8, minute=5),
        "options": {"queue": "maintenance"},
    },
    "reconcile": {"task": "nightly.reconcile_places", "schedule": crontab(hour=4, minute=5), "options": {"queue": "maintenance"}},
}
