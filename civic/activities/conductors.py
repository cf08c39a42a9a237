"""Who conducts the activities of a spreadsheet: members named by their addresses, and what a row still lacks for minors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from civic.activities.age_limits import admits_minors
from civic.activities.sheet import ActivityDraft, FieldError
from civic.activities.types import GUARDED, AgeBasis
from civic.kernel import clock
from civic.kernel.db import session
from civic.kernel.i18n import N_
from civic.safeguarding.queries import LAST_DECLARATION, adult_of
from civic.safeguarding.rules import list_missing
from civic.safeguarding.types import Adult, Conducted

COLUMN = "Conduce"

_MEMBERS = sa.text(f"""
SELECT m.organisation_id, c.email, p.public_id, d.outcome, d.valid_until,
       concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS name
  FROM membership m JOIN person p ON p.id = m.person_id JOIN account c ON c.person_id = p.id
  LEFT JOIN LATERAL ({LAST_DECLARATION}) d ON true
 WHERE m.organisation_id = ANY(:organisation_ids) AND m.ended_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member of an organisation, found by the address of the account."""

    person: str
    adult: Adult


Members = Mapping[tuple[int, str], KnownMember]


def members_by_address(organisation_ids: Iterable[int]) -> Members:
    """Return the members of these organisations, by organisation and address."""
    rows = session().execute(_MEMBERS, {"organisation_ids": list(organisation_ids)})
    return {
        (row.organisation_id, row.email): KnownMember(row.public_id, adult_of(row.name, row.outcome, row.valid_until))
        for row in rows
    }


def errors_of(draft: ActivityDraft, organisation_id: int | None, members: Members) -> list[FieldError]:
    """Return a sentence for each address that is no member's."""
    unknown = [address for address in draft.facilitators if (organisation_id, address) not in members]
    message = N_("%(address)s is not the address of anybody in the organisation: invite them first.")
    return [FieldError(COLUMN, message, {"address": address}) for address in unknown]


def chosen_of(draft: ActivityDraft, organisation_id: int, members: Members) -> Sequence[KnownMember]:
    """Return who conducts the row; every address is a member's, or the row is wrong."""
    return [members[organisation_id, address] for address in draft.facilitators]


def note_of(draft: ActivityDraft, chosen: Sequence[KnownMember]) -> FieldError | None:
    """Return why a new workshop for minors cannot be published as the row stands, None where it can."""
    if draft.kind not in GUARDED or not admits_minors(draft.age_min, AgeBasis.FIRST_DAY):
        return None
    places = sum(opening.capacity for opening in draft.openings if opening.kind in GUARDED)
    first_day = clock.to_rome(min(draft.occurrences)[0]).date()
    adults = tuple(one.adult for one in chosen)
    missing = list_missing(Conducted(places, first_day, adults), clock.today())
    if not missing:
        return None
    said = FieldError("", missing[0].message, missing[0].values)
    return FieldError(COLUMN, N_("It stays a draft for now. %(missing)s"), {"missing": said})
