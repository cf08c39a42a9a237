"""What is told when a certificate is there."""

from __future__ import annotations

import sqlalchemy as sa

from civic.certificates import events
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_about_signups
from civic.outbox.draining import Cause

_LATEST = sa.text("""
SELECT max(s.id) FROM signup s JOIN opening x ON x.id = s.opening_id
 WHERE s.activity_id = :activity_id AND s.person_id = :person_id AND x.kind <> 'volunteering'
   AND EXISTS (SELECT FROM signup_move m WHERE m.signup_id = s.id AND m.after = 'confirmed')
""")


def tell_certificate_ready(event: events.CertificatePrepared, cause: Cause) -> None:
    """Tell whose it is, or who answers for them, where the document is; once for each document."""
    payload = {"certificate_id": event.certificate_id, "replaces": event.replaces}
    signup_id = writing().scalar(_LATEST, {"activity_id": event.activity_id, "person_id": event.person_id})
    tell_about_signups(Telling("certificate_ready", event.certificate_id, payload), [signup_id])
