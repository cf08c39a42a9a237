"""What happens when: which reactions follow which event. Only who empties the outbox needs it."""

from __future__ import annotations

from civic.accounts import events as account
from civic.activities import events as activity
from civic.announcements import events as announcement
from civic.care import events as care
from civic.certificates import events as certificate
from civic.notifications.reactions import (
    accounts,
    announcements,
    certificates,
    changes,
    classes,
    drawing,
    entrusted,
    organisations,
    signups,
    volunteering,
    waiting,
)
from civic.organisations import events as organisation
from civic.outbox.draining import register_reactions
from civic.safeguarding import events as safeguarding
from civic.volunteering import events as volunteer

REACTIONS = {
    activity.AddressConfirmationAsked: (signups.tell_to_confirm_address,),
    activity.SignupRequested: (signups.tell_signup_requested, signups.tell_coordinators_of_request),
    activity.DrawEntered: (drawing.tell_draw_entered,),
    activity.DrawMoved: (drawing.tell_draw_moved,),
    activity.DrawnToWait: (drawing.tell_drawn_to_wait,),
    activity.SignupConfirmed: (signups.tell_signup_confirmed,),
    activity.SignupWaiting: (signups.tell_signup_waiting,),
    activity.SignupDeclined: (signups.tell_signup_declined, signups.tell_coordinators_of_refusal),
    activity.SignupCancelled: (signups.tell_signup_cancelled,),
    activity.SignupExpired: (signups.tell_signup_expired,),
    activity.WaitEnded: (waiting.tell_wait_ended,),
    activity.AuthorisationFoundMissing: (changes.tell_authorisation_missing,),
    activity.AuthorisationAsked: (waiting.tell_guardian_to_authorise,),
    activity.GuardianshipEnded: (signups.take_back_from_guardian,),
    activity.AuthorisationGranted: (waiting.tell_authorisation_granted,),
    activity.TurnPassed: (waiting.tell_turn_passed,),
    activity.OfferMade: (waiting.tell_offer_made,),
    activity.OffersMade: (waiting.tell_offers_made,),
    activity.OfferExpired: (waiting.tell_offer_expired,),
    activity.PlaceFreedLate: (waiting.tell_place_freed_late, waiting.tell_coordinators_of_free_place),
    activity.PlaceWithdrawn: (waiting.tell_place_withdrawn,),
    activity.BlockGranted: (classes.tell_class_granted,),
    activity.BlockEnded: (classes.tell_class_ended,),
    activity.ActivityPublished: (volunteering.tell_followers,),
    activity.ActivityCancelled: (changes.tell_activity_cancelled,),
    activity.OccurrenceAdded: (changes.tell_occurrence_added,),
    activity.OccurrenceMoved: (changes.tell_occurrence_moved,),
    activity.OccurrenceCancelled: (changes.tell_occurrence_cancelled,),
    certificate.CertificatePrepared: (certificates.tell_certificate_ready,),
    care.CollectionChanged: (entrusted.tell_collection_changed,),
    care.HealthDeleted: (entrusted.tell_health_deleted,),
    announcement.AnnouncementMade: (announcements.tell_announcement,),
    announcement.ReplyWritten: (announcements.tell_of_replies,),
    volunteer.VolunteersInvited: (volunteering.tell_who_would_fit,),
    account.AccountRegistered: (accounts.tell_to_confirm_account,),
    account.RegistrationRepeated: (accounts.tell_account_exists,),
    account.PasswordResetAsked: (accounts.tell_password_reset,),
    account.PasswordChanged: (accounts.tell_password_changed,),
    account.AuthenticatorReset: (accounts.tell_authenticator_reset,),
    account.AddressChangeAsked: (accounts.tell_to_confirm_new_address,),
    account.AddressChanged: (accounts.tell_address_changed,),
    organisation.OrganisationRegistered: (organisations.tell_officers_of_registration,),
    organisation.OrganisationVerified: (organisations.tell_organisation_verified,),
    organisation.OrganisationRejected: (organisations.tell_organisation_rejected,),
    organisation.OrganisationSuspended: (organisations.tell_organisation_suspended,),
    organisation.SuspensionLifted: (organisations.tell_suspension_lifted,),
    organisation.MemberInvited: (organisations.tell_member_invited,),
    safeguarding.OutcomeTurned: (organisations.tell_safeguarding_of_outcome,),
    organisation.MemberLeft: (organisations.tell_coordinators_of_facilitator_gone,),
}
"""Every event, and what is done about it after its transaction has committed."""


def register() -> None:
    """Tell the outbox what follows each event."""
    register_reactions(REACTIONS)
