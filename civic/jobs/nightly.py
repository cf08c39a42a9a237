"""Once a night: the audit is sealed, what has served its time is deleted, the count of places is checked."""

from __future__ import annotations

import logging
from datetime import timedelta

import sqlalchemy as sa

from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services import erasing
from civic.audit import services as audit
from civic.care.services.deleting import delete_due
from civic.care.types import Record
from civic.kernel import clock
from civic.kernel.db import transaction, writing
from civic.notifications import birthdays, bounce_mailbox

log = logging.getLogger(__name__)

_LONG_OVER = "SELECT id FROM activity WHERE coalesce(ends_at, updated_at) < :before"
_OLD_NOTIFICATIONS = "SELECT id FROM notification WHERE created_at < :before"
RETENTION = (
    ("submission", timedelta(days=2), "DELETE FROM submission WHERE created_at < :before"),
    ("link", timedelta(days=30), "DELETE FROM link WHERE expires_at < :before"),
    ("user_session", timedelta(days=30), "DELETE FROM user_session WHERE coalesce(ended_at, expires_at) < :before"),
    ("invitation", timedelta(days=365), "DELETE FROM invitation WHERE expires_at < :before"),
    (
        "age_exception",
        timedelta(days=365),
        "DELETE FROM age_exception WHERE activity_id IN (SELECT id FROM activity WHERE coalesce(ends_at, updated_at) < :before)",
    ),
    (
        "announcement",
        timedelta(days=365),
        "DELETE FROM announcement WHERE activity_id IN (SELECT id FROM activity WHERE coalesce(ends_at, updated_at) < :before)",
    ),
    (
        "referral",
        timedelta(days=365),
        "DELETE FROM referral WHERE activity_id IN (SELECT id FROM activity WHERE coalesce(ends_at, updated_at) < :before)",
    ),
    (
        "departure",
        timedelta(days=30),
        "DELETE FROM departure WHERE occurrence_id IN (SELECT id FROM occurrence WHERE ends_at < :before)",
    ),
    (
        "attendance_event",
        timedelta(days=365),
        "DELETE FROM attendance_event WHERE occurrence_id IN (SELECT id FROM occurrence WHERE ends_at < :before)",
    ),
    # Who was named keeps the signup, which is erased with the person; of the class nothing stays.
    (
        "block_pupil",
        timedelta(days=365),
        f"DELETE FROM block_pupil WHERE block_id IN (SELECT id FROM block WHERE activity_id IN ({_LONG_OVER}))",
    ),
    ("block", timedelta(days=365), f"DELETE FROM block WHERE activity_id IN ({_LONG_OVER})"),
    # So long one can show that what was kept was agreed to (GDPR, art. 7); the record itself went before.
    ("care_consent", timedelta(days=731), "DELETE FROM care_consent WHERE withdrawn_at < :before"),
    # Two years in which a family can see who has read what it entrusted (GDPR, art. 15).
    ("care_viewing", timedelta(days=731), "DELETE FROM care_viewing WHERE viewed_at < :before"),
    ("outbox_event", timedelta(days=30), "DELETE FROM outbox_event WHERE done_at < :before"),
    (
        "bounce",
        timedelta(days=90),
        f"DELETE FROM bounce WHERE delivery_id IN (SELECT id FROM delivery WHERE notification_id IN ({_OLD_NOTIFICATIONS}))",
    ),
    ("delivery_event", timedelta(days=30), "DELETE FROM delivery_event WHERE at < :before"),
    ("domain_minute", timedelta(days=1), "DELETE FROM domain_minute WHERE minute < :before"),
    # A machine that is no longer there must not ring for ever.
    ("heartbeat", timedelta(days=1), "DELETE FROM heartbeat WHERE at < :before"),
    ("suppression", timedelta(0), "DELETE FROM suppression WHERE until < :before"),
    ("delivery", timedelta(days=90), f"DELETE FROM delivery WHERE notification_id IN ({_OLD_NOTIFICATIONS})"),
    ("notification", timedelta(days=90), "DELETE FROM notification WHERE created_at < :before"),
    # As long as somebody may be fined for not having asked (L. 689/1981, art. 28): who is not clear does not become it by this.
    ("safeguarding_declaration", timedelta(days=5 * 366), "DELETE FROM safeguarding_declaration WHERE valid_until < :before"),
)
"""What is kept for how long after it has served; each row is one statement in a transaction of its own."""


def seal_audit() -> int:
    """Seal every closed day of the audit; return how many were sealed."""
    with transaction():
        return audit.seal_closed_days()


def clean_up() -> dict[str, int]:
    """Delete what has been kept for its time; return how many rows of which table."""
    deleted = {}
    for table, kept_for, statement in RETENTION:
        with transaction():
            # What nobody may delete, this may: a trigger asks for the word, which ends with the transaction.
            writing().execute(sa.text("SELECT set_config('civic.retention', 'on', true)"))
            deleted[table] = writing().execute(sa.text(statement), {"before": clock.now() - kept_for}).rowcount
    deleted["returns"] = bounce_mailbox.delete_strange()
    log.info("cleaned_up %s", deleted)
    return deleted


def delete_entrusted() -> dict[str, int]:
    """Delete what families entrusted and has served its time; return how many of which record."""
    deleted = {}
    for record in Record:
        with transaction():
            deleted[record.value] = delete_due(record)
    log.info("deleted_entrusted %s", deleted)
    return deleted


def erase_people() -> dict[str, int]:
    """Erase people whose data nobody agrees to, or needs; comes every hour, so that it is done well within a day.

    Raises RuntimeError once everything was tried, where something failed: the job stands there as failed.
    """
    erased, failed = {}, []
    for erase in (erasing.end_unconfirmed_registrations, erasing.erase_not_agreed, erasing.erase_long_over):
        try:
            with transaction():
                erased[erase.__name__] = erase()
        except Exception:
            # What cannot be erased for one reason must not keep what goes for another.
            log.exception("erase_people_failed %s", erase.__name__)
            failed.append(erase.__name__)
    log.info("erased_people %s", erased)
    if failed:
        raise RuntimeError(f"not erased: {', '.join(failed)}")
    return erased


def tell_of_birthdays() -> int:
    """Write to those who have turned 14 or 18 what changes for them; return how many mails will leave."""
    with transaction():
        return birthdays.tell_of_birthdays()


def reconcile_places() -> int:
    """Compare the places counted as taken with the signups that hold one; tell every difference, mend none."""
    wrong = list_wrong_counts()
    for row in wrong:
        log.error("places_differ opening=%s taken=%s holding=%s", row.id, row.taken, row.holding)
    return len(wrong)
