"""Making the files that were asked for. Only workers come here: the web never loads the typesetter."""

from __future__ import annotations

import hashlib
import logging

import sqlalchemy as sa

from civic.accounts.models import Person
from civic.certificates.document import TEMPLATE, values_of
from civic.certificates.events import CertificatePrepared
from civic.certificates.models import Certificate
from civic.certificates.rules import initials_of
from civic.documents.typesetting import CannotBeSet, make_pdf
from civic.kernel import clock
from civic.kernel.db import writing
from civic.outbox import services as outbox

log = logging.getLogger(__name__)

_DUE = (
    sa.select(Certificate, Person)
    .join(Person, Person.id == Certificate.person_id)
    .where(
        Certificate.asked_at.is_not(None),
        Certificate.prepared_at.is_(None),
        Certificate.failed_at.is_(None),
        Certificate.revoked_at.is_(None),
    )
    .order_by(Certificate.id)
    .with_for_update(of=Certificate, skip_locked=True)
)


def prepare_some(site_url: str, limit: int = 10) -> int:
    """Make the next files that were asked for and keep them; return how many were tried.

    Each is told by an event once. One that cannot be made is marked, so that it keeps nobody else's from being made.
    """
    due = writing().execute(_DUE.limit(limit)).all()
    for certificate, person in due:
        _prepare(certificate, person, site_url)
    return len(due)


def _prepare(certificate: Certificate, person: Person, site_url: str) -> None:
    try:
        if person.erased_at is not None:
            raise CannotBeSet(TEMPLATE)
        made = make_pdf(TEMPLATE, values_of(certificate, person, site_url), certificate.issued_at)
    except Exception as error:
        # Whatever it was, the others of the batch must not wait for it for ever.
        certificate.failed_at = clock.now()
        log.error("certificate_failed id=%s %s", certificate.id, type(error).__name__)
        return
    certificate.document, certificate.fingerprint = made, hashlib.sha256(made).digest()
    certificate.initials = initials_of(person.given_name, person.family_name)
    certificate.prepared_at = clock.now()
    replaces = certificate.replaces_id is not None
    outbox.record(CertificatePrepared(certificate.id, certificate.activity_id, certificate.person_id, replaces))
