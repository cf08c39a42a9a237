"""Forms of the messages."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField

from civic.kernel.i18n import N_
from civic.notifications.types import Category
from civic.web.forms import SubmitForm

LABELS = {
    Category.SIGNUP: N_("Sign-ups: places, requests, waiting list"),
    Category.REMINDER: N_("Reminders before a meeting"),
    Category.ORGANISATION: N_("For who coordinates: requests and places that come free"),
    Category.UPDATE: N_("Invitations to shifts where people are missing"),
}
"""What a category that can be switched off is called."""


class ReadForm(SubmitForm):
    """All that is shown has been seen."""

    until = HiddenField()


class PreferencesForm(SubmitForm):
    """Which mails somebody wants."""

    signup = BooleanField(LABELS[Category.SIGNUP])
    reminder = BooleanField(LABELS[Category.REMINDER])
    update = BooleanField(LABELS[Category.UPDATE])
    organisation = BooleanField(LABELS[Category.ORGANISATION])
