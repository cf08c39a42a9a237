"""What is told about organisations: to who answers for them, to who is invited, to the administration."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities.queries.conducting import COMING_FOR_MINORS
from civic.kernel.db import writing
from civic.notifications.writing import Telling, tell_persons
from civic.organisations import events
from civic.outbox.draining import Cause
from civic.safeguarding.events import OutcomeTurned

_MEMBERS = sa.text("""
SELECT person_id FROM membership
 WHERE organisation_id = :organisation_id AND ended_at IS NULL AND role IN ('owner', 'coordinator')
""")
_OFFICERS = sa.text("""
SELECT DISTINCT person_id FROM role_grant WHERE ended_at IS NULL AND role IN ('officer', 'platform_administrator')
""")
_SAFEGUARDING = sa.text("SELECT DISTINCT person_id FROM role_grant WHERE ended_at IS NULL AND role = 'safeguarding_officer'")
_CONDUCTED = sa.text(f"""
SELECT a.id, a.organisation_id FROM activity a JOIN activity_facilitator f ON f.activity_id = a.id
 WHERE f.membership_id = :membership_id AND {COMING_FOR_MINORS} ORDER BY a.starts_at, a.id
""")
_INVITED = sa.text("SELECT person_id FROM invitation WHERE id = :invitation_id")


def tell_officers_of_registration(event: events.OrganisationRegistered, cause: Cause) -> None:
    """Tell the administration that an organisation waits to be verified."""
    officers = writing().scalars(_OFFICERS)
    tell_persons(Telling("organisation_registered", cause.id), "organisation", event.organisation_id, officers)


def tell_safeguarding_of_outcome(event: OutcomeTurned, cause: Cause) -> None:
    """Tell who watches over minors that a declaration is to be looked at."""
    officers = writing().scalars(_SAFEGUARDING)
    tell_persons(Telling("declaration_to_look_at", cause.id), "declaration", event.declaration_id, officers)


def tell_organisation_verified(event: events.OrganisationVerified, cause: Cause) -> None:
    """Tell the organisation that it can publish."""
    _tell_members("organisation_verified", event.organisation_id, cause)


def tell_organisation_rejected(event: events.OrganisationRejected, cause: Cause) -> None:
    """Tell the organisation what is missing."""
    _tell_members("organisation_rejected", event.organisation_id, cause)


def tell_organisation_suspended(event: events.OrganisationSuspended, cause: Cause) -> None:
    """Tell the organisation that it is suspended, and why."""
    _tell_members("organisation_suspended", event.organisation_id, cause)


def tell_suspension_lifted(event: events.SuspensionLifted, cause: Cause) -> None:
    """Tell the organisation that it is public again."""
    _tell_members("suspension_lifted", event.organisation_id, cause)


def tell_member_invited(event: events.MemberInvited, cause: Cause) -> None:
    """Send the invited person the link that answers."""
    person_id = writing().scalar(_INVITED, {"invitation_id": event.invitation_id})
    if person_id is not None:
        telling = Telling("member_invited", event.link_id, {"link_id": event.link_id})
        tell_persons(telling, "invitation", event.invitation_id, [person_id])


def tell_coordinators_of_facilitator_gone(event: events.MemberLeft, cause: Cause) -> None:
    """Tell who answers for the public workshops for minors that somebody no longer conducts what is missing there now."""
    rows = writing().execute(_CONDUCTED, {"membership_id": event.membership_id, "now": cause.at}).all()
    for row in rows:
        members = writing().scalars(_MEMBERS, {"organisation_id": row.organisation_id})
        tell_persons(Telling("facilitator_left", cause.id), "activity", row.id, members)


def _tell_members(kind: str, organisation_id: int, cause: Cause) -> None:
    members = writing().scalars(_MEMBERS, {"organisation_id": organisation_id})
    tell_persons(Telling(kind, cause.id), "organisation", organisation_id, members)
