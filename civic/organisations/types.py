"""Words of organisations."""

from __future__ import annotations

from enum import StrEnum

from civic.kernel.actor import OrganisationRole

__all__ = ["OrganisationKind", "OrganisationRole", "OrganisationState"]


class OrganisationKind(StrEnum):
    """What the organisation is in law (D.Lgs. 117/2017, art. 46) or outside the register."""

    ODV = "odv"
    APS = "aps"
    PHILANTHROPIC = "philanthropic"
    SOCIAL_ENTERPRISE = "social_enterprise"
    NETWORK = "network"
    MUTUAL_AID = "mutual_aid"
    OTHER_ETS = "other_ets"
    ASSOCIATION = "association"
    PUBLIC_BODY = "public_body"
    SCHOOL = "school"


class OrganisationState(StrEnum):
    """Whether the administration has verified the organisation."""

    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


MOVES = {
    OrganisationState.PENDING: frozenset({OrganisationState.VERIFIED, OrganisationState.REJECTED}),
    OrganisationState.REJECTED: frozenset({OrganisationState.PENDING}),
    OrganisationState.VERIFIED: frozenset({OrganisationState.SUSPENDED}),
    OrganisationState.SUSPENDED: frozenset({OrganisationState.VERIFIED}),
}
