"""Handing out the file of a document: to whose it is, who answers for them, and who issued it; each time is written down."""

from __future__ import annotations

from dataclasses import dataclass

from civic.activities.policy import Action, Target, can
from civic.audit import services as audit
from civic.certificates.queries.issued import find_of_signup
from civic.kernel.actor import Actor
from civic.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class File:
    """A file with a name that says nobody's."""

    name: str
    content: bytes


def take_document(actor: Actor, signup_public_id: str) -> File:
    """Return the document that counts, as it was made; NotFound where there is none or the actor may not know of it."""
    found = find_of_signup(signup_public_id)
    if found is None:
        raise NotFound
    certificate, person_id, organisation_id = found
    if not can(actor, Action.TAKE_CERTIFICATE, Target(organisation_id=organisation_id, person_id=person_id)):
        raise NotFound
    if certificate is None or certificate.document is None:
        raise NotFound
    audit.record(actor, "take_certificate", "certificate", certificate.id)
    return File(f"{certificate.kind.file_name}-{certificate.number}-{certificate.year}.pdf", certificate.document)
