"""From the constraint that a lost race breaks to the field and the sentence that people read: one table."""

from __future__ import annotations

from civic.kernel import db
from civic.kernel.i18n import N_

_FASTER = N_("Somebody else was a moment faster. Reload the page and look at how it stands now.")

SENTENCES: dict[str, tuple[str | None, str]] = {
    "uq_signup_live": (None, N_("You are already signed up here.")),
    "uq_offer_live": (None, _FASTER),
    "uq_block_live": ("label", N_("For this class there are places already, or it waits for them.")),
    "uq_authorisation_open": (None, _FASTER),
    "uq_attendance_signup_id_occurrence_id": (None, _FASTER),
    "ck_opening_taken": (None, N_("The last place was just taken.")),
    "ck_opening_minimum": ("minimum", N_("The minimum cannot be more than the places.")),
    "ck_activity_ages": ("age_max", N_("The ages are the wrong way round.")),
    "ck_occurrence_order": ("ends_at", N_("The end must be after the start.")),
    "pk_activity_facilitator": (None, _FASTER),
    "uq_account_email": ("email", _FASTER),
    "uq_account_person_id": (None, _FASTER),
    "uq_guardianship_live": (None, _FASTER),
    "uq_role_grant_live": (None, _FASTER),
    "uq_activity_slug": ("title", _FASTER),
    "uq_activity_organisation_id_import_key": (None, _FASTER),
    "uq_initiative_slug": ("title", _FASTER),
    "uq_organisation_slug": ("name", _FASTER),
    "uq_organisation_tax_code": (
        "tax_code",
        N_("An organisation with this tax code is here already: ask its owner to invite you."),
    ),
    "uq_membership_live": ("email", N_("This person is a member already: change the role in the list.")),
    "uq_invitation_live": ("email", _FASTER),
}


def register() -> None:
    """Let a transaction that breaks one of these constraints end in a refusal with its sentence."""
    db.SENTENCES.update(SENTENCES)
