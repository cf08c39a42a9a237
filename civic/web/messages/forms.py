"""Forms of the messages."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, RadioField, SelectChoice
from wtforms.validators import InputRequired

from civic.kernel.i18n import N_
from civic.notifications.types import Category, Mode
from civic.web.forms import SubmitForm

LABELS = {
    Category.SIGNUP: N_("Sign-ups: places, requests, waiting list"),
    Category.REMINDER: N_("Reminders before a meeting"),
    Category.ORGANISATION: N_("For who coordinates: requests and places that come free"),
    Category.UPDATE: N_("Invitations to shifts where people are missing"),
    Category.NEWS: N_("What is new of the things you follow"),
}
"""What a category that can be switched off is called."""


class ReadForm(SubmitForm):
    """All that is shown has been seen."""

    until = HiddenField()


MODES = {Mode.NOW: N_("At once"), Mode.DAILY: N_("Once a day"), Mode.WEEKLY: N_("Once a week"), Mode.OFF: N_("No emails")}


def _how_often(category: Category) -> RadioField:
    choices = [SelectChoice(mode.value, label) for mode, label in MODES.items()]
    return RadioField(LABELS[category], [InputRequired(N_("Choose one."))], choices=choices)


class PreferencesForm(SubmitForm):
    """Which mails somebody wants."""

    signup = BooleanField(LABELS[Category.SIGNUP])
    reminder = BooleanField(LABELS[Category.REMINDER])
    update = BooleanField(
        N_("Write to me when volunteers are missing"),
        description=N_("Only organisations where you were a volunteer in the last year, each once a week at most. From 18 on."),
    )
    organisation = _how_often(Category.ORGANISATION)
    news = _how_often(Category.NEWS)


class InvitationsForm(SubmitForm):
    """Whether somebody who lends a hand wants to hear of other shifts; nothing is ticked for them."""

    update = PreferencesForm.update
