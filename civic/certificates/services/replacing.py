"""What was issued and is no longer so: revoked with a reason, and where the hours still make a document, issued anew."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.models import Activity, Signup
from civic.audit import services as audit
from civic.certificates.models import Certificate
from civic.certificates.queries.hours import list_hours
from civic.certificates.services.closing import lock_register
from civic.certificates.services.issuing import issue
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import NotFound, RuleBroken
from civic.kernel.i18n import N_
from civic.outbox.services import nudge_after_commit


def revoke(actor: Actor, activity_public_id: str, signup_public_id: str, reason: str) -> None:
    """Take back the document of somebody: whoever checks it reads that it no longer counts."""
    activity, _register = lock_register(actor, activity_public_id)
    latest = _latest_of(activity, _person_of(activity, signup_public_id))
    if latest is None or latest.revoked_at is not None:
        raise RuleBroken(N_("There is nothing to revoke."))
    _revoke(actor, latest, reason)


def reissue(actor: Actor, activity_public_id: str, signup_public_id: str, reason: str) -> Certificate | None:
    """Revoke the document of somebody, if there is one, and issue what their hours make now; return it, None where nothing.

    The two name one another. A worker makes the file at once.
    """
    activity, register = lock_register(actor, activity_public_id)
    if register.closed_at is None:
        raise RuleBroken(N_("The register is not closed yet."))
    person_id = _person_of(activity, signup_public_id)
    latest = _latest_of(activity, person_id)
    if latest is not None and latest.revoked_at is None:
        _revoke(actor, latest, reason)
    people = [one for one in list_hours(activity.id) if one.person_id == person_id]
    issued = issue(actor, activity, people, register.threshold, {person_id: latest.id} if latest else None)
    for one in issued:
        one.asked_at = clock.now()
        nudge_after_commit()
    return issued[0] if issued else None


def _revoke(actor: Actor, certificate: Certificate, reason: str) -> None:
    reason = reason.strip()
    if not reason:
        raise RuleBroken(N_("Write why: it is kept with the document."), field="reason")
    certificate.revoked_at, certificate.revoked_by_id, certificate.revoked_reason = clock.now(), actor.person_id, reason
    audit.record(actor, "revoke_certificate", "certificate", certificate.id, number=certificate.label)
    # The place of the live document must be free before another one takes it.
    writing().flush()


def _person_of(activity: Activity, signup_public_id: str) -> int:
    whose = sa.select(Signup.person_id).where(Signup.public_id == signup_public_id, Signup.activity_id == activity.id)
    person_id = writing().scalar(whose)
    if person_id is None:
        raise NotFound
    return person_id


def _latest_of(activity: Activity, person_id: int) -> Certificate | None:
    own = sa.select(Certificate).where(Certificate.activity_id == activity.id, Certificate.person_id == person_id)
    return writing().scalar(own.order_by(Certificate.id.desc()).limit(1))
