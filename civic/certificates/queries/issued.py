"""What was issued, as those see it who are not at the desk: behind a code, of a sign-up, of a family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, undefer

from civic.activities.models import Activity, Signup
from civic.certificates.models import Certificate
from civic.certificates.rules import rounded
from civic.certificates.types import CertificateKind, CheckState
from civic.kernel.db import session

# What is taken for a figure, or put between groups of letters, by who types from paper.
_TYPED = str.maketrans({"o": "0", "i": "1", "l": "1", " ": None, "-": None})


@dataclass(frozen=True, slots=True)
class Checked:
    """What everybody may read about a document, by its code: no name, no birthday, nobody's number."""

    state: CheckState
    kind: CertificateKind
    number: str
    title: str
    organisation_name: str
    minutes: int
    scheduled_minutes: int
    initials: str
    issued_at: datetime
    revoked_at: datetime | None
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Earned:
    """The hours of somebody in an activity whose register was closed; `is_made` once the file is there."""

    kind: CertificateKind
    number: str
    minutes: int
    scheduled_minutes: int
    is_made: bool


def find_checked(code: str) -> Checked | None:
    """Return what the public page says of a code; None where no document that was handed out has it."""
    newer = aliased(Certificate)
    statement = (
        sa.select(Certificate, sa.case((newer.prepared_at.is_not(None), newer.code)))
        .outerjoin(newer, newer.replaces_id == Certificate.id)
        .where(Certificate.code == code.lower().translate(_TYPED), Certificate.prepared_at.is_not(None))
    )
    row = session().execute(statement).one_or_none()
    if row is None:
        return None
    one, replaced_by = row
    return Checked(
        state=CheckState.VALID if one.revoked_at is None else CheckState.REVOKED,
        kind=one.kind,
        number=one.label,
        title=one.title,
        organisation_name=one.organisation_name,
        minutes=rounded(one.minutes),
        scheduled_minutes=one.scheduled_minutes,
        initials=one.initials,
        issued_at=one.issued_at,
        revoked_at=one.revoked_at,
        replaced_by=replaced_by,
    )


def list_earned(person_ids: Iterable[int]) -> dict[tuple[int, int], Earned]:
    """Return the documents that count of these people, by activity and person."""
    live = sa.select(Certificate).where(Certificate.person_id.in_(list(person_ids)), Certificate.revoked_at.is_(None))
    return {(one.activity_id, one.person_id): _earned(one) for one in session().scalars(live)}


def find_of_signup(signup_public_id: str) -> tuple[Certificate | None, int, int] | None:
    """Return the document that counts of whose sign-up it is, their person, and who runs the activity; None: no such sign-up."""
    live = sa.and_(
        Certificate.activity_id == Signup.activity_id,
        Certificate.person_id == Signup.person_id,
        Certificate.revoked_at.is_(None),
    )
    statement = (
        sa.select(Certificate, Signup.person_id, Activity.organisation_id)
        .select_from(Signup)
        .join(Activity, Activity.id == Signup.activity_id)
        .outerjoin(Certificate, live)
        .where(Signup.public_id == signup_public_id)
    )
    row = session().execute(statement.options(undefer(Certificate.document))).one_or_none()
    return None if row is None else tuple(row)


def _earned(one: Certificate) -> Earned:
    return Earned(one.kind, one.label, rounded(one.minutes), one.scheduled_minutes, one.prepared_at is not None)
