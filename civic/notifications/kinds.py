"""What every kind of message says of itself: category, urgency, who is told besides, how long it is worth sending."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from civic.kernel.i18n import _
from civic.notifications import addresses
from civic.notifications.calendar import CalendarPart
from civic.notifications.facts import Facts
from civic.notifications.letters import Action, Frame, Letter
from civic.notifications.types import Category, Priority, Urgency


class Message:
    """One kind of message, made from the facts of the moment at which it is shown or sent.

    `tells_guardian`: from 14 to 17 the guardian is told besides the young person (under 14 it is always the guardian).
    `folds`: it can wait for a digest, where the recipient wants one.
    `tries_rested`: somebody asks for it now and can go on by nothing else: a rested address is tried, once a day at most.
    `resends_after_crash`: what a crash left between us and the mail server goes out again, with the same Message-ID.
    """

    kind: ClassVar[str]
    category: ClassVar[Category]
    urgency: ClassVar[Urgency] = Urgency.NORMAL
    priority: ClassVar[Priority] = Priority.PERSONAL
    max_age: ClassVar[timedelta] = timedelta(hours=48)
    can_switch_off: ClassVar[bool] = False
    folds: ClassVar[bool] = False
    tells_guardian: ClassVar[bool] = False
    in_inbox: ClassVar[bool] = True
    tries_rested: ClassVar[bool] = False
    resends_after_crash: ClassVar[bool] = True

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @property
    def is_theirs(self) -> bool:
        """Whether what the message is about still concerns the recipient; judged again before it is sent or shown."""
        return True

    def is_due(self) -> bool:
        """Whether what the message says is still so; judged again right before it is sent."""
        raise NotImplementedError

    def subject(self) -> str:
        """Return the subject; it never holds a name of a person."""
        raise NotImplementedError

    def letter(self) -> Letter:
        """Return what the message says."""
        raise NotImplementedError

    def calendar(self) -> list[CalendarPart]:
        """Return the calendar entries that travel with the message."""
        return []

    def line(self) -> Action:
        """Return the message as one line of a digest: what it is, and where it leads."""
        button = self.letter().button
        return Action(self.subject(), button.url if button else self.page("/area-personale/messaggi"))

    def thread(self) -> str | None:
        """Return the name of the conversation that the message belongs to."""
        return None

    def reason(self) -> str:
        """Say why this person receives the message."""
        return _("You receive this message because you have an account or a sign-up here.")

    def frame(self) -> Frame:
        """Return what stands around the letter."""
        recipient = self.facts.recipient
        preferences = addresses.preferences(recipient) if self.can_switch_off else None
        leave = addresses.unsubscribe(recipient, self.category) if self.can_switch_off else None
        return Frame(self.reason(), preferences, leave, addresses.page("/", recipient.language))

    def page(self, path: str) -> str:
        """Return the address of a page in the language of the recipient."""
        return addresses.page(path, self.facts.recipient.language)

    def action(self, label: str, path: str) -> Action:
        """Return a button that leads to a page of the site."""
        return Action(label, self.page(path))
