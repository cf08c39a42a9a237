"""The exact text that who opens an account agrees to; it is stored with the answer, in the language it was read in."""

from __future__ import annotations

from civic.kernel.i18n import N_, _

ACCOUNT = N_(
    "The Metropolitan City of Bologna uses name, date of birth and e-mail address to manage the account and the sign-ups "
    "made with it, and to write about them. The organisation that runs an activity sees only what it needs for that activity. "
    "The data are given to nobody else, and are kept until the account is closed. They can be seen, corrected, downloaded "
    "and deleted at any time from the personal area."
)
CHILD = N_(
    "As the adult who answers for this child I agree that the Metropolitan City of Bologna uses name and date of birth to "
    "manage the sign-ups I make, and to write to me about them. The organisation that runs an activity sees only what it needs "
    "for that activity. I can see, correct and delete the data, and take this back, at any time from the personal area."
)


def account_text() -> str:
    """Return the notice for an account as it is shown now."""
    return _(ACCOUNT)


def child_text() -> str:
    """Return the notice for a child as it is shown now."""
    return _(CHILD)
