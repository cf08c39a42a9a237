"""The jobs by name: nothing but the names, and functions that know no queue; whoever sends one says which queue it goes to."""

from __future__ import annotations

from celery import shared_task

from civic.jobs import certificates, nightly, nudge, sweep
from civic.notifications import alarms, heartbeats


@shared_task(name=nudge.TASK)
def empty_outbox() -> None:
    """React to what happened and send what follows, now."""
    sweep.empty_outbox()


@shared_task(name="sweep.sweep")
def sweep_all() -> None:
    """Do everything that is due; a season's reminders leave through every worker that is idle."""
    heartbeats.beat(alarms.CLOCK)
    sweep.sweep(call_help=lambda: empty_outbox.apply_async(queue="critical", expires=20, retry=False))
    certificates.prepare_all()


@shared_task(name="nightly.seal_audit")
def seal_audit() -> None:
    """Seal the closed days of the audit."""
    nightly.seal_audit()


@shared_task(name="nightly.clean_up")
def clean_up() -> None:
    """Delete what has been kept for its time."""
    nightly.clean_up()


@shared_task(name="nightly.delete_entrusted")
def delete_entrusted() -> None:
    """Delete what families entrusted and has served its time."""
    nightly.delete_entrusted()


@shared_task(name="nightly.erase_people")
def erase_people() -> None:
    """Erase people whose data nobody agrees to, or needs."""
    nightly.erase_people()


@shared_task(name="nightly.tell_of_birthdays")
def tell_of_birthdays() -> None:
    """Tell what changes at 14 and at 18."""
    nightly.tell_of_birthdays()


@shared_task(name="nightly.reconcile_places")
def reconcile_places() -> None:
    """Tell where the count of places differs."""
    nightly.reconcile_places()
