"""Two birthdays: from 14 one decides on one's data, from 18 on everything."""

from __future__ import annotations

from datetime import timedelta

from civic.accounts import rules as ages
from civic.accounts.types import ACCOUNT_AGE, ADULT_AGE
from civic.kernel import clock
from civic.kernel.i18n import _, format_day
from civic.notifications import addresses
from civic.notifications.kinds import Message
from civic.notifications.letters import Action, Letter
from civic.notifications.types import Category


class _Birthday(Message):
    """About who has come of an age; it cannot be switched off, because it says what rights one has."""

    category = Category.ACCOUNT
    max_age = timedelta(days=14)
    from_age: int
    to_age: int

    def is_due(self) -> bool:
        """Whether the person is still here, and of this age."""
        person = self.facts.person
        if person is None or person.birth_on is None:
            return False
        return self.from_age <= ages.age_on(person.birth_on, clock.today()) < self.to_age

    @property
    def is_theirs(self) -> bool:
        """Whether it is of the recipient, or of somebody they answer for."""
        person = self.facts.person
        return person is not None and self.facts.recipient.id in (person.id, *person.guardians)

    @property
    def is_own(self) -> bool:
        """Whether it goes to whose birthday it is."""
        return self.facts.person.id == self.facts.recipient.id

    def way_in(self, label: str) -> Action:
        """Return the button to the consents, or to an account where there is none."""
        return self.action(label, "/area-personale/consensi" if self.facts.recipient.has_account else "/registrati")


class TurnedFourteen(_Birthday):
    """To the young person, and to who answers for them: the consent stays good, and is theirs from now on."""

    kind = "turned_fourteen"
    from_age, to_age = ACCOUNT_AGE, ADULT_AGE

    def subject(self) -> str:
        """Say what changes; not for whom."""
        return _("What changes at 14")

    def letter(self) -> Letter:
        """What one decides alone, and what not yet."""
        return self._to_themselves() if self.is_own else self._to_guardian()

    def _to_themselves(self) -> Letter:
        return Letter(
            heading=_("From today you decide on your data"),
            paragraphs=(
                _("The consent that was given for you stays good. You can confirm it, change it or withdraw it when you like."),
                _("To take part in an activity the authorisation of a parent is still needed, until you are 18."),
            ),
            button=Action(_("See the consents"), addresses.consents(self.facts.recipient)),
        )

    def _to_guardian(self) -> Letter:
        return Letter(
            heading=_("%(name)s is 14: what changes", name=self.facts.person.given_name),
            paragraphs=(
                _(
                    "From today they decide on their own data, and may have an account of their own. What you agreed to "
                    "stays good."
                ),
                _("For each activity your authorisation is still needed, until they are 18."),
            ),
            button=self.way_in(_("See the consents") if self.facts.recipient.has_account else _("Make your account")),
        )


class TurnedEighteen(_Birthday):
    """To the new adult alone: what others agreed to for them, and that nobody answers for them any more."""

    kind = "turned_eighteen"
    from_age, to_age = ADULT_AGE, ages.OLDEST_AGE

    def is_due(self) -> bool:
        """Whether it is of them, and they are of age: nobody else is told."""
        return super().is_due() and self.is_own

    def subject(self) -> str:
        """Say what changes."""
        return _("You are 18: from today you decide")

    def letter(self) -> Letter:
        """What stays, what ends, and each thing that was agreed to."""
        agreed = self._agreed()
        heads = (_("This was agreed to for you. It stays good until you withdraw it."),) if agreed else ()
        return Letter(
            heading=_("From today you decide alone"),
            paragraphs=(
                _("Who answered for you no longer sees your sign-ups and gets no messages about you. Your places stay yours."),
                *heads,
            ),
            lines=agreed,
            button=Action(_("See and change"), addresses.consents(self.facts.recipient)),
        )

    def _agreed(self) -> tuple[str, ...]:
        person = self.facts.person
        consents = tuple(_("Use of your data, since %(day)s", day=format_day(given_at)) for given_at in person.consents)
        authorised = tuple(
            _("Taking part in “%(title)s”, since %(day)s", title=title, day=format_day(given_at))
            for title, given_at in person.authorisations
        )
        return (*consents, *authorised)


class WardTurnedEighteen(_Birthday):
    """To who answered last for a new adult of whom there is no address: that it is theirs now, to be passed on."""

    kind = "ward_turned_eighteen"
    from_age, to_age = ADULT_AGE, ages.OLDEST_AGE

    def is_due(self) -> bool:
        """Whether who it is about is of age and still here."""
        return super().is_due() and not self.is_own

    def subject(self) -> str:
        """Say what changes; not for whom."""
        return _("What changes at 18")

    def letter(self) -> Letter:
        """That nobody else decides or sees anything any more, how they get an account, and what becomes of the data."""
        return Letter(
            heading=_("%(name)s is 18: from today they decide", name=self.facts.person.given_name),
            paragraphs=(
                _("You no longer see their sign-ups and get no more messages about them. Their places stay theirs."),
                _("We have no address of theirs: please pass this on. They can make an account of their own here."),
                _(
                    "Whoever wants their data deleted at once writes to us: the address stands in the privacy notice. "
                    "Otherwise we delete them by ourselves, once a year has passed since their last activity."
                ),
            ),
            button=self.action(_("Make an account"), "/registrati"),
            links=(self.action(_("Privacy notice"), "/privacy"),),
        )

    def reason(self) -> str:
        """They answered for somebody."""
        return _("You receive this message because until today you answered for a young person here.")
