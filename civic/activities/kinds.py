"""What the engine asks of each kind of opening; the domains answer, `civic/app.py` introduces them."""

from __future__ import annotations

from typing import Protocol

from civic.activities.types import ActivityKind, OpeningFacts, OverlapPolicy, PersonFacts


class Kind(Protocol):
    """The rules of one kind of opening."""

    overlap_policy: OverlapPolicy
    offer_waking_hours: int

    def check_can_hold(self, person: PersonFacts, opening: OpeningFacts) -> None:
        """Raise RuleBroken where this person may not have a place here, whatever is free."""

    def needs_authorisation(self, person: PersonFacts, opening: OpeningFacts) -> bool:
        """Whether a guardian must say yes before the place is firm."""


_kinds: dict[ActivityKind, Kind] = {}


def register_kind(kind: ActivityKind, rules: Kind) -> None:
    """Let openings of `kind` follow `rules`."""
    _kinds[kind] = rules


def kind_of(kind: ActivityKind) -> Kind:
    """Return the rules of `kind`; raises KeyError where nobody introduced them."""
    return _kinds[kind]
