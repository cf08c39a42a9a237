"""Addresses that mails lead to: absolute, in the language of who reads them, with the tokens that open them."""

from __future__ import annotations

from civic.activities.queries.linked import manage_token
from civic.activities.services.own_consent import consent_token
from civic.kernel import crypto
from civic.notifications import settings
from civic.notifications.facts import Recipient, SignupFacts
from civic.notifications.types import Category

_PURPOSE = "unsubscribe"


def page(path: str, language: str) -> str:
    """Return the address of a page of the site; English pages are the same paths under /en."""
    prefix = "/en" if language == "en" else ""
    return f"{settings.current().base_url}{prefix}{path}"


def signup(recipient: Recipient, facts: SignupFacts) -> str:
    """Return where the recipient sees and changes a signup: signed in, or through a signed link."""
    if recipient.has_account:
        return page(f"/iscrizioni/{facts.public_id}", recipient.language)
    return page(f"/i/{manage_token(facts.public_id, recipient.id)}", recipient.language)


def consents(recipient: Recipient) -> str:
    """Return where the recipient decides on the use of their data: signed in, or through a signed link."""
    if recipient.has_account or recipient.email is None:
        return page("/area-personale/consensi", recipient.language)
    return page(f"/consensi/{consent_token(recipient.public_id, recipient.email)}", recipient.language)


def preferences(recipient: Recipient) -> str | None:
    """Return where the recipient chooses what comes; without an account there is only the way out."""
    return page("/area-personale/messaggi/preferenze", recipient.language) if recipient.has_account else None


def unsubscribe(recipient: Recipient, category: Category) -> str:
    """Return the address that switches a category off by one POST, with no cookie."""
    return page(f"/u/{unsubscribe_token(recipient.public_id, category)}", recipient.language)


def unsubscribe_token(person_public_id: str, category: Category) -> str:
    """Return a token that only we can make, good for one person and one category."""
    return f"{person_public_id}-{category.value}-{crypto.sign(_PURPOSE, person_public_id, category.value)}"


def read_unsubscribe_token(token: str) -> tuple[str, Category] | None:
    """Return the person (public id) and the category of a genuine token, else None."""
    person, _, rest = token.partition("-")
    name, _, signature = rest.partition("-")
    if name not in {category.value for category in Category} or not crypto.is_signed(signature, _PURPOSE, person, name):
        return None
    return person, Category(name)
