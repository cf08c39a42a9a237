"""What a family writes, changes and takes back; without a place, without a yes or after the end nothing is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.activities.queries import facts
from civic.activities.services.publishing import lock_own_activity
from civic.audit import services as audit
from civic.care import models, policy, rules, sealing
from civic.care.events import CollectionChanged, HealthDeleted
from civic.care.queries.subjects import get_subject, read_entrusted
from civic.care.types import Channel, Collection, HealthNote, Need, Record, Release, Subject
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_
from civic.outbox import services as outbox

TABLES = {
    Record.HEALTH: models.HealthNote,
    Record.COLLECTION: models.CollectionNote,
    Record.IMAGES: models.ImageRelease,
}
_CLEAR_HEALTH = sa.text("""
WITH gone AS (
  DELETE FROM health_note n USING signup s WHERE s.id = n.signup_id AND s.activity_id = :activity_id
  RETURNING n.signup_id, n.consent_id
), ended AS (
  UPDATE care_consent k SET withdrawn_at = :now FROM gone WHERE k.id = gone.consent_id AND k.withdrawn_at IS NULL
)
SELECT gone.signup_id, k.given_by_id FROM gone JOIN care_consent k ON k.id = gone.consent_id ORDER BY gone.signup_id
""")


def ask_for_health(actor: Actor, activity_public_id: str, needs: frozenset[Need]) -> None:
    """Let the activity ask of health for these reasons, or for none any more.

    Then what was written is deleted at once, and who wrote it is told.
    """
    activity = lock_own_activity(actor, activity_public_id)
    one = models.HealthQuestion
    before = writing().scalar(sa.select(one.needs).where(one.activity_id == activity.id))
    if frozenset(before or ()) == needs:
        return
    gone: list[tuple[int, int]] = []
    if needs:
        values = {"needs": sorted(needs), "asked_by_id": actor.person_id, "asked_at": clock.now()}
        question = insert(one).values(activity_id=activity.id, **values)
        writing().execute(question.on_conflict_do_update(index_elements=["activity_id"], set_=values))
    else:
        writing().execute(sa.delete(one).where(one.activity_id == activity.id))
        gone = [tuple(row) for row in writing().execute(_CLEAR_HEALTH, {"activity_id": activity.id, "now": clock.now()})]
    audit.record(actor, "ask_for_health", "activity", activity.id, needs=sorted(needs), deleted=len(gone))
    for signup_id, given_by_id in gone:
        outbox.record(HealthDeleted(signup_id, given_by_id))


def write_health(actor: Actor, signup_public_id: str, note: HealthNote, text: str) -> bool:
    """Write what those who conduct should know, agreed to in these words; return whether anything changed."""
    rules.check_health(note)
    return _write(actor, signup_public_id, Record.HEALTH, note, text)


def write_collection(actor: Actor, signup_public_id: str, collection: Collection, text: str) -> bool:
    """Write how the child goes home, agreed to in these words; return whether anything changed."""
    rules.check_collection(collection)
    return _write(actor, signup_public_id, Record.COLLECTION, collection, text)


def release_images(actor: Actor, signup_public_id: str, channels: frozenset[Channel], until: date, text: str) -> bool:
    """Write where images may be shown and until when, agreed to in these words; return whether anything changed."""
    rules.check_release(channels)
    return _write(actor, signup_public_id, Record.IMAGES, Release(channels, until), text)


def take_back(actor: Actor, signup_public_id: str, record: Record) -> bool:
    """Withdraw the consent and delete the record, both at once; return whether there was one."""
    subject = _lock(actor, signup_public_id)
    if not policy.may_take_back(actor, subject, record, clock.today()):
        raise NotAllowed(N_("You are not allowed to do this."))
    table = TABLES[record]
    gone = writing().execute(sa.delete(table).where(table.signup_id == subject.id)).rowcount
    _withdraw_consent(subject.id, record)
    if gone:
        audit.record(actor, "take_back_care", "signup", subject.id, record=record.value)
        _tell(subject, record)
    return bool(gone)


def _lock(actor: Actor, signup_public_id: str) -> Subject:
    """Return the signup as it is once nobody else is writing for it; NotFound where the records are not the actor's."""
    facts.lock_signup(get_subject(actor, signup_public_id).id)
    return get_subject(actor, signup_public_id)


def _write(actor: Actor, signup_public_id: str, record: Record, value: HealthNote | Collection | Release, text: str) -> bool:
    subject = _lock(actor, signup_public_id)
    if not policy.may_write(actor, subject, clock.today()):
        raise NotAllowed(N_("You are not allowed to do this."))
    asked = rules.list_asked(subject, clock.to_rome(subject.starts_at).date())
    rules.check_can_be_written(subject, record, asked, clock.now())
    if read_entrusted(subject).of(record) == value and _stands(subject.id, record, actor.person_id, text):
        return False
    values = _sealed(value) | {"consent_id": _write_consent(actor, subject.id, record, text), "written_at": clock.now()}
    row = insert(TABLES[record]).values(signup_id=subject.id, **values)
    writing().execute(row.on_conflict_do_update(index_elements=["signup_id"], set_=values))
    audit.record(actor, "write_care", "signup", subject.id, record=record.value)
    _tell(subject, record)
    return True


def _tell(subject: Subject, record: Record) -> None:
    if record is Record.COLLECTION:
        outbox.record(CollectionChanged(subject.id))


def _sealed(value: HealthNote | Collection | Release) -> dict[str, Any]:
    if isinstance(value, HealthNote):
        return sealing.sealed_health(value)
    if isinstance(value, Collection):
        return sealing.sealed_collection(value)
    return sealing.sealed_release(value)


def _stands(signup_id: int, record: Record, given_by_id: int | None, text: str) -> bool:
    one = models.CareConsent
    standing = sa.exists().where(
        one.signup_id == signup_id,
        one.record == record,
        one.withdrawn_at.is_(None),
        one.given_by_id == given_by_id,
        one.text == text,
    )
    return bool(writing().scalar(sa.select(standing)))


def _write_consent(actor: Actor, signup_id: int, record: Record, text: str) -> int:
    """Write the consent to these words; the one before, of whomever, ends with it."""
    _withdraw_consent(signup_id, record)
    values = {"signup_id": signup_id, "record": record, "text": text, "given_by_id": actor.person_id, "given_at": clock.now()}
    return writing().scalar(sa.insert(models.CareConsent).values(**values).returning(models.CareConsent.id))


def _withdraw_consent(signup_id: int, record: Record) -> None:
    one = models.CareConsent
    standing = (one.signup_id == signup_id, one.record == record, one.withdrawn_at.is_(None))
    writing().execute(sa.update(one).where(*standing).values(withdrawn_at=clock.now()))
