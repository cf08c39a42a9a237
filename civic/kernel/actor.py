"""Who is acting: a frozen value built once at the edge, decided upon in every policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a person may be for the whole platform (what they are in an organisation is a membership)."""

    OFFICER = "officer"
    SAFEGUARDING_OFFICER = "safeguarding_officer"
    PLATFORM_ADMINISTRATOR = "platform_administrator"


class OrganisationRole(StrEnum):
    """What a member does in an organisation."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system) with everything a policy needs to decide, read by one statement.

    `organisations` maps organisation id to role, only where the membership is live; `wards` are the persons for
    whom the actor has parental responsibility; `has_second_factor` says that this session passed a one-time code;
    `mail_comes_back` that nothing is sent to their address for the time being.
    """

    person_id: int | None = None
    account_id: int | None = None
    session_id: int | None = None
    name: str = ""
    birth_on: date | None = None
    language: str = "it"
    roles: frozenset[Role] = frozenset()
    organisations: Mapping[int, OrganisationRole] = field(default_factory=dict)
    wards: frozenset[int] = frozenset()
    has_second_factor: bool = False
    enrolled_second_factor: bool = False
    unread: int = 0
    mail_comes_back: bool = False
    is_system: bool = False

    @property
    def is_signed_in(self) -> bool:
        """Whether a person stands behind this actor."""
        return self.person_id is not None

    @property
    def must_have_second_factor(self) -> bool:
        """Whether the actor sees what others wrote, minors' records among it: a one-time code is compulsory then."""
        return bool(self.roles or self.organisations)

    def has_role(self, *roles: Role) -> bool:
        """Whether the actor holds one of `roles` for the platform."""
        return not self.roles.isdisjoint(roles)

    def is_in(self, organisation_id: int, *roles: OrganisationRole) -> bool:
        """Whether the actor is a live member of the organisation, in one of `roles` where any are named."""
        role = self.organisations.get(organisation_id)
        return role is not None and (not roles or role in roles)


ANONYMOUS = Actor()
SYSTEM = Actor(name="system", is_system=True)
