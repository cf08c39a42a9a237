"""Words of organisations."""

from __future__ import annotations

from enum import StrEnum

from civic.kernel.actor import OrganisationRole
from civic.kernel.i18n import N_

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

KIND_LABELS = {
    OrganisationKind.ODV: N_("Voluntary organisation (ODV)"),
    OrganisationKind.APS: N_("Association for social promotion (APS)"),
    OrganisationKind.PHILANTHROPIC: N_("Philanthropic body"),
    OrganisationKind.SOCIAL_ENTERPRISE: N_("Social enterprise or social cooperative"),
    OrganisationKind.NETWORK: N_("Network of associations"),
    OrganisationKind.MUTUAL_AID: N_("Mutual aid society"),
    OrganisationKind.OTHER_ETS: N_("Another third sector body"),
    OrganisationKind.ASSOCIATION: N_("Association outside the register"),
    OrganisationKind.PUBLIC_BODY: N_("Public body"),
    OrganisationKind.SCHOOL: N_("School"),
}
ROLE_LABELS = {
    OrganisationRole.OWNER: N_("Owner"),
    OrganisationRole.COORDINATOR: N_("Coordinator"),
    OrganisationRole.FACILITATOR: N_("Facilitator"),
}
STATE_LABELS = {
    OrganisationState.PENDING: N_("Waiting to be verified"),
    OrganisationState.VERIFIED: N_("Verified"),
    OrganisationState.REJECTED: N_("Not verified"),
    OrganisationState.SUSPENDED: N_("Suspended"),
}
