"""Asking for the files: who closed a register says when, a worker makes them."""

from __future__ import annotations

import sqlalchemy as sa

from civic.audit import services as audit
from civic.certificates.models import Certificate
from civic.certificates.services.closing import lock_register
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.outbox.services import nudge_after_commit


def ask_for_documents(actor: Actor, activity_public_id: str) -> int:
    """Have every file of the activity made that is not there, those that failed tried again; return how many."""
    activity, register = lock_register(actor, activity_public_id)
    if register.closed_at is None:
        raise RuleBroken(N_("The register is not closed yet."))
    missing = Certificate.prepared_at.is_(None), Certificate.revoked_at.is_(None)
    asked = sa.update(Certificate).where(Certificate.activity_id == activity.id, *missing)
    count = writing().execute(asked.values(asked_at=clock.now(), failed_at=None)).rowcount
    if count:
        audit.record(actor, "prepare_certificates", "activity", activity.id, certificates=count)
        nudge_after_commit()
    return count
