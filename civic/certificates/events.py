"""What happened to certificates, as ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CertificatePrepared:
    """The file of a document is there; `replaces` where it takes the place of one that was revoked."""

    certificate_id: int
    activity_id: int
    person_id: int
    replaces: bool = False
