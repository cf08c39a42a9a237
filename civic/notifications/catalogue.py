"""Every kind of message there is, by name."""

from __future__ import annotations

from civic.notifications.kinds import Message
from civic.notifications.messages import (
    accounts,
    announcing,
    authorising,
    birthdays,
    certificates,
    changes,
    classes,
    conducting,
    coordinating,
    digesting,
    drawing,
    entrusting,
    following,
    inviting,
    organisations,
    reminding,
    signing_up,
    waiting,
)
from civic.notifications.types import Category

_ALL: tuple[type[Message], ...] = (
    signing_up.AddressConfirmation,
    signing_up.SignupConfirmed,
    signing_up.SignupRequested,
    signing_up.SignupWaiting,
    signing_up.SignupDeclined,
    signing_up.SignupCancelled,
    signing_up.SignupExpired,
    drawing.DrawEntered,
    drawing.DrawMoved,
    drawing.DrawnToWait,
    waiting.OfferMade,
    waiting.OfferExpired,
    waiting.PlaceFreedLate,
    waiting.TurnPassed,
    waiting.PlaceWithdrawn,
    waiting.WaitEnded,
    authorising.AuthorisationAsked,
    authorising.AuthorisationReminder,
    authorising.SecondAsked,
    authorising.AuthorisationMissing,
    authorising.AuthorisationGranted,
    changes.OccurrenceAdded,
    changes.OccurrenceMoved,
    changes.OccurrenceCancelled,
    changes.ActivityCancelled,
    announcing.AnnouncementMessage,
    reminding.Reminder,
    accounts.ConfirmAccount,
    accounts.AccountExists,
    accounts.PasswordReset,
    accounts.PasswordChanged,
    accounts.AddressChange,
    accounts.AddressChanged,
    accounts.AuthenticatorReset,
    organisations.OrganisationRegistered,
    organisations.OrganisationVerified,
    organisations.OrganisationRejected,
    organisations.OrganisationSuspended,
    organisations.SuspensionLifted,
    organisations.MemberInvited,
    organisations.RequestReceived,
    organisations.SignupRefused,
    organisations.PlaceFreeAgain,
    coordinating.TooFewPeople,
    certificates.CertificateReady,
    classes.ClassGranted,
    classes.ClassNamesMissing,
    classes.ClassEnded,
    entrusting.CollectionChanged,
    entrusting.HealthDeleted,
    conducting.DeclarationEnds,
    conducting.FacilitatorLeft,
    conducting.DeclarationToLookAt,
    announcing.RepliesToRead,
    inviting.ShiftInvitation,
    following.NewMatch,
    digesting.NewsDigest,
    digesting.OrganisationDigest,
    birthdays.TurnedFourteen,
    birthdays.TurnedEighteen,
    birthdays.WardTurnedEighteen,
)
MESSAGES: dict[str, type[Message]] = {message.kind: message for message in _ALL}
"""Kind -> class."""

SWITCHABLE = tuple(category for category in Category if any(m.can_switch_off and m.category is category for m in _ALL))
"""The categories in which there is something to switch off."""

INBOX_KINDS = tuple(message.kind for message in _ALL if message.in_inbox)
"""The kinds that a person finds on the site as well."""

HELD_KINDS = tuple(message.kind for message in _ALL if not message.resends_after_crash)
"""The kinds of which a doubtful one waits for a person to look at it."""


DIGESTS = tuple(message.kind for message in _ALL if issubclass(message, digesting.Digest))
"""The kinds that gather others."""

GATHERED = frozenset(MESSAGES[kind].category for kind in DIGESTS)
"""The categories that can be had once a day or once a week."""


def folded_kinds(category: Category) -> list[str]:
    """Return the kinds of a category that can wait for a digest."""
    return [message.kind for message in _ALL if message.category is category and message.folds]


def kinds_to_switch_off(category: Category) -> list[str]:
    """Return the kinds of a category that a person may do without."""
    return [message.kind for message in _ALL if message.category is category and message.can_switch_off]
