"""One live link of every kind that mails hold, and of what calendars read: endpoint -> token."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.accounts.models import Account, Link, Person
from civic.accounts.services import links, people, registering
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities.models import Opening
from civic.activities.queries.linked import manage_token
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.own_consent import consent_token
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole
from civic.kernel.db import session
from civic.kernel.ids import new_public_id
from civic.notifications import addresses, feeds
from civic.notifications.types import Category
from civic.organisations.services import members
from tests import factories as make


def tokens(owner: Actor, organisation_id: int, opening: Opening, reader: Person) -> dict[str, str]:
    """Let every mail be written once, `reader` being who has an account; inside an open transaction."""
    newcomer = PersonDetails("Nina", "Nuova", make.ADULT, "nina@example.org", language="it")
    sign_up_newcomer(opening.public_id, Newcomer(newcomer, "Consento."), new_public_id(), joins_queue=False)
    _, _, asked = make.signed_up(opening, make.SIXTEEN, guardian_id=people.contact_for("padre@example.org", "it"))
    registering.register(PersonDetails("Rita", "Neri", make.ADULT, "rita@example.org"), "tre parole di fila", "Consento.")
    registering.ask_password_reset(reader.email)
    members.invite_member(owner, organisation_id, "invitata@example.org", OrganisationRole.COORDINATOR)
    account_id = session().scalar(sa.select(Account.id).where(Account.person_id == reader.id))
    contact_id = people.contact_for("altrove@example.org", "it")
    links.make_link(LinkPurpose.CHANGE_ADDRESS, contact_id, clock.now() + timedelta(days=1), subject_id=account_id)
    alone = make.person(make.SIXTEEN, "Noa", email="noa@example.org")
    people.give_consent(alone.id, alone.id, "Acconsento.")
    feeds.make_address(make.actor_of(reader))
    feed = feeds.address_of(make.actor_of(reader)).removeprefix("/calendari/").removesuffix(".ics")
    return {
        "calendars.feed": feed,
        "own_consents.show": consent_token(alone.public_id, alone.email),
        "links.confirm": _latest(LinkPurpose.CONFIRM_SIGNUP),
        "links.authorisation": _latest(LinkPurpose.AUTHORISATION),
        "links.signup": manage_token(asked, _person_of(asked)),
        "accounts.confirm_account": _latest(LinkPurpose.CONFIRM_ADDRESS),
        "accounts.reset": _latest(LinkPurpose.RESET_PASSWORD),
        "organisations.invitation": _latest(LinkPurpose.INVITATION),
        "personal.confirm_address": _latest(LinkPurpose.CHANGE_ADDRESS),
        "messages.unsubscribe": addresses.unsubscribe_token(reader.public_id, Category.SIGNUP),
    }


def _latest(purpose: LinkPurpose) -> str:
    return links.token_of(session().scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def _person_of(signup_public_id: str) -> int:
    return session().scalar(sa.text("SELECT person_id FROM signup WHERE public_id = :id"), {"id": signup_public_id})
