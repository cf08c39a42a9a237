"""What can go wrong, in words a person understands. The edge translates and shows them."""

from __future__ import annotations

from typing import Any

from civic.kernel.i18n import N_


class DomainError(Exception):
    """A refusal with a reason: `message` is a message id, `values` fill it, `field` names the form field it is about."""

    def __init__(self, message: str, field: str | None = None, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.values = values


class RuleBroken(DomainError):
    """A rule of the house says no; nothing was changed."""


class NotAllowed(DomainError):
    """The actor may know of the object but may not do this to it."""


class NotFound(DomainError):
    """There is no such object, or the actor may not know of it."""

    def __init__(self, message: str = N_("We could not find what you were looking for.")) -> None:
        super().__init__(message)


class StaleForm(DomainError):
    """What the form was filled against has changed meanwhile; the person must look again."""
