"""One example of every kind of message: for the staff to look at, and for the tests to hold to the rules of mail."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from civic.accounts.services.links import MailedLink
from civic.notifications import example_facts as made
from civic.notifications.catalogue import MESSAGES
from civic.notifications.facts import Facts, Recipient
from civic.notifications.kinds import Message

FOLDED = {
    "news_digest": ("new_match",),
    "organisation_digest": ("request_received", "request_received", "replies_to_read"),
}
"""What the examples of digests gather."""


def example(kind: str, language: str, **changes) -> Message:
    """Return the example of `kind` as somebody who reads `language` gets it."""
    person = 9 if kind in made.TO_GUARDIAN else 3
    recipient = Recipient(person, "qrstuvwx23456789", "Amina", language, "amina@example.org", has_account=person == 3)
    facts = Facts(
        recipient=recipient,
        payload=made.payload_for(kind),
        now=made.NOW,
        created_at=made.NOW,
        signup=made.signup_for(kind),
        opening=made.opening_facts(),
        person=made.person_facts(kind),
        adults=made.adult_facts(person),
        link=MailedLink(made.TOKEN, made.rome(2026, 11, 26, 9, 0), is_usable=True),
        organisation=made.organisation_facts(kind),
        invitation=SimpleNamespace(
            organisation_name="Associazione Onda Libera APS", role="coordinator", accepted_at=None, withdrawn_at=None
        ),
        certificate=SimpleNamespace(
            kind="attendance", number=12, year=2026, minutes=628, is_made=True, revoked_at=None
        ),
        school_class=made.class_facts(kind, person),
        announcements={6: "Giovedì portate le scarpe comode.\n\nCi vediamo al cancello:\nnon suonate."},
        inbox=made.inbox_facts(person),
        activity=made.activity_facts(),
        topics={"organisation:1": "Associazione Onda Libera APS", "quartiere:5": "Navile"},
        places={2: "Centro Katia Bertasi, Via Aristotile Fioravanti 22"},
    )
    folded = tuple(example(one, language) for one in FOLDED.get(kind, ()))
    return MESSAGES[kind](replace(facts, folded=folded, **changes))
