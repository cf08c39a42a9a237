"""A guardian who signs on paper: the sheet stays with the organisation, here stands who saw it and when."""

from __future__ import annotations

from dataclasses import dataclass

from civic.accounts.services import people
from civic.accounts.services.people import PersonDetails
from civic.activities.models import Authorisation, Signup
from civic.activities.queries import facts
from civic.activities.queries.yeses import Yes, list_yeses
from civic.activities.services import asking, authorising, deciding, precautions, second_guardian
from civic.activities.types import LIVE, AuthorisationAnswer
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the signed sheet says: by whom, what was authorised, and the consent to the data where it is there as well.

    `text` is the authorisation as the site words it, `consent_text` the notice on data; empty where the sheet has none.
    `is_sole`: it says that who signed alone has parental responsibility.
    """

    given_name: str
    family_name: str
    text: str
    consent_text: str = ""
    phone: str | None = None
    email: str | None = None
    is_sole: bool = False


def record_paper(actor: Actor, signup_public_id: str, sheet: Sheet) -> None:
    """Write that a member of the organisation has seen the guardian's signature; the signup goes on as after a yes by link.

    Whoever was asked by mail is asked no more, and hears no more. Who signed answers for this sign-up and no other; where both
    guardians must say yes, a sheet stands for either. Raises RuleBroken where no yes is missing, the same guardian signs twice,
    or where it is about a child under 14 and the sheet holds no consent to the use of the data, nobody could be reached, or the
    address is the young person's own.
    """
    signup, opening = deciding.lock_for_decision(actor, signup_public_id)
    ward = facts.get_person(signup.person_id)
    _check_is_missing(signup)
    said_yes = list_yeses(signup.id)
    is_child = authorising.is_child(ward.birth_on) and not said_yes
    if is_child and not sheet.consent_text:
        raise RuleBroken(N_("Under 14 the data may be used only if the sheet says so as well."), field="consent")
    if is_child and not (sheet.phone or sheet.email):
        raise RuleBroken(N_("Write a telephone number: nobody else can be told if something changes."), field="phone")
    if sheet.email and people.is_mailbox_of(ward.id, sheet.email):
        raise RuleBroken(asking.OWN_ADDRESS, field="email")
    _check_is_another(sheet, said_yes)
    asking.close_asked(signup.id)
    guardian = people.add_person(PersonDetails(sheet.given_name, sheet.family_name, phone=sheet.phone, email=sheet.email))
    precautions.keep_number(guardian.id, sheet.phone, ward.id, opening)
    asked = _write(actor, signup, guardian.id, guardian.full_name, sheet)
    if is_child:
        # No standing answer for the child: an address read off a sheet has clicked nothing, and counts for this sign-up alone.
        people.give_consent(ward.id, guardian.id, sheet.consent_text)
    audit.record(actor, "authorisation_on_paper", "signup", signup.id, authorisation=asked.id)
    authorising.follow_granted(actor, asked, signup, opening)


def _check_is_missing(signup: Signup) -> None:
    ran_out = signup.hold_until is not None and signup.hold_until <= clock.now()
    if signup.state not in LIVE or ran_out:
        raise RuleBroken(N_("This sign-up is already over."))
    if signup.awaits_click:
        raise RuleBroken(N_("The address has not been confirmed yet: the link in the mail comes first."))
    if not signup.needs_authorisation or facts.has_authorisation(signup.id):
        raise RuleBroken(N_("For this sign-up no authorisation is missing."))


def _check_is_another(sheet: Sheet, said_yes: list[Yes]) -> None:
    second_guardian.check_is_another(f"{sheet.given_name} {sheet.family_name}", said_yes, field="given_name")
    if sheet.email:
        second_guardian.check_is_other(None, sheet.email, [one.guardian_id for one in said_yes], field="email")


def _write(actor: Actor, signup: Signup, guardian_id: int, name: str, sheet: Sheet) -> Authorisation:
    now = clock.now()
    asked = Authorisation(
        signup_id=signup.id,
        guardian_id=guardian_id,
        text=sheet.text,
        asked_at=now,
        expires_at=now,
        answer=AuthorisationAnswer.GRANTED,
        answered_at=now,
        answered_name=name,
        seen_by_id=actor.person_id,
        is_sole=sheet.is_sole,
    )
    writing().add(asked)
    writing().flush()
    return asked
