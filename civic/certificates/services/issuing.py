"""Giving numbers: what is issued is a row of the ledger, numbered without a gap and behind a code that nobody guesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from civic.activities.models import Activity
from civic.audit import services as audit
from civic.certificates.models import Certificate, CertificateYear
from civic.certificates.rules import kind_for
from civic.certificates.types import Hours
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.ids import new_public_id
from civic.organisations.models import Organisation


def issue(
    actor: Actor, activity: Activity, people: Sequence[Hours], threshold: int, replaced: Mapping[int, int] | None = None
) -> list[Certificate]:
    """Issue a document to each of `people` whose hours make one and return them; `replaced` names the ones before them.

    The files are made later, by a worker, once somebody asks for them.
    """
    kinds = {one.person_id: kind_for(one.minutes, one.scheduled_minutes, threshold) for one in people}
    entitled = [one for one in people if kinds[one.person_id] is not None]
    if not entitled:
        return []
    db, year = writing(), clock.today().year
    organisation = db.scalar(sa.select(Organisation.name).where(Organisation.id == activity.organisation_id))
    first = _take_numbers(year, len(entitled))
    common = {
        "year": year,
        "threshold": threshold,
        "activity_id": activity.id,
        "title": activity.title,
        "organisation_name": organisation,
        "issued_at": clock.now(),
        "issued_by_id": actor.person_id,
    }
    issued = [
        Certificate(
            number=number,
            kind=kinds[one.person_id],
            replaces_id=(replaced or {}).get(one.person_id),
            **_figures(one),
            **common,
        )
        for number, one in enumerate(entitled, start=first)
    ]
    db.add_all(issued)
    db.flush()
    for one in issued:
        audit.record(actor, "issue_certificate", "certificate", one.id, number=one.label, replaces=one.replaces_id)
    return issued


def _figures(one: Hours) -> dict[str, object]:
    """Return what a document copies of somebody's hours, and the code it is known by."""
    names = ("person_id", "minutes", "scheduled_minutes", "meetings_attended", "meetings", "first_on", "last_on")
    return {"code": new_public_id(), **{name: getattr(one, name) for name in names}}


def _take_numbers(year: int, count: int) -> int:
    """Return the first of `count` numbers that follow one another; who asks next waits for this transaction to end."""
    statement = insert(CertificateYear).values(year=year, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=["year"], set_={"last": CertificateYear.last + statement.excluded.last}
    ).returning(CertificateYear.last)
    return writing().scalar(statement) - count + 1
