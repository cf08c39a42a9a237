"""What happened to organisations, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrganisationRegistered:
    """An organisation asked to be verified."""

    organisation_id: int


@dataclass(frozen=True)
class OrganisationVerified:
    """The administration has verified an organisation: it can publish."""

    organisation_id: int


@dataclass(frozen=True)
class OrganisationRejected:
    """The administration has said no for now, with a reason."""

    organisation_id: int


@dataclass(frozen=True)
class OrganisationSuspended:
    """The administration has suspended an organisation, with a reason: nothing of it is public or open."""

    organisation_id: int


@dataclass(frozen=True)
class SuspensionLifted:
    """A suspension is over: what the organisation had published is public again."""

    organisation_id: int


@dataclass(frozen=True)
class MemberLeft:
    """Somebody no longer acts for an organisation, nor conducts any of its activities."""

    membership_id: int


@dataclass(frozen=True)
class MemberInvited:
    """Somebody was asked to join an organisation; the link answers."""

    invitation_id: int
    link_id: int
