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
    update = BooleanField(
        N_("Write to me when volunteers are missing"),
        description=N_("Only organisations where you were a volunteer in the last year, each once a week at most. From 18 on."),
    )
    organisation = BooleanField(LABELS[Category.ORGANISATION])


class InvitationsForm(SubmitForm):
    """Whether somebody who lends a hand wants to hear of other shifts; nothing is ticked for them."""

    update = PreferencesForm.update
