"""Minors carry names, phones and addresses found nowhere else: nobody sees them but those who may."""

from __future__ import annotations

import io
import logging
import sys
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Person
from civic.activities.models import Activity, ActivityFacilitator, Occurrence, Signup
from civic.activities.queries.linked import manage_token
from civic.audit.models import AuditEntry
from civic.care.models import HealthQuestion
from civic.care.services import writing as care
from civic.care.types import Collection, Collector, HealthNote
from civic.kernel import clock, logs
from civic.kernel.db import session, transaction, writing
from civic.organisations.models import Membership
from civic.safeguarding.types import Outcome
from tests import factories as make
from tests.web import cast as casting
from tests.web.test_access import rules_of, url_of

AT_THE_DESK = ("given", "family")
"""What the people who run an activity see of a minor who takes part in it; who coordinates it may also call them."""


@dataclass(frozen=True)
class Minor:
    """A minor and the words that are theirs alone."""

    person: Person
    words: dict[str, str]
    signup: str


@pytest.fixture
def cast(connection):
    with transaction():
        return casting.assemble()


@pytest.fixture
def minors(cast):
    """The two wards of the guardian at organisation A, and a boy who goes to organisation B only."""
    with transaction():
        _, opening, _ = make.published(age_min=11, age_max=19)
        stranger, _, signup = make.signed_up(opening, make.THIRTEEN, guardian_id=make.account().id)
        people = {
            "minor": (cast.people["minor"], cast.signups["minor"]),
            "child": (cast.child, cast.signups["child"]),
            "stranger": (stranger, signup),
        }
        found = {name: _marked(name, *one) for name, one in people.items()}
        _entrust(cast, found["child"])
        return found


def _marked(name: str, person: Person, signup: str) -> Minor:
    words = {
        "given": f"Zqgiven{name}",
        "family": f"Zqfamily{name}",
        "email": f"zqmail{name}@example.org",
        "phone": f"+3905177{len(name)}88{ord(name[0])}",
    }
    values = dict(given_name=words["given"], family_name=words["family"], email=words["email"], phone=words["phone"])
    session().execute(sa.update(Person).where(Person.id == person.id).values(**values))
    session().execute(sa.update(Account).where(Account.person_id == person.id).values(email=words["email"]))
    return Minor(person, words, signup)


def _entrust(cast, child: Minor) -> None:
    """Let the family of the child entrust what is read by nobody before the day."""
    guardian = make.actor_of(cast.people["guardian"])
    activity = session().scalar(sa.select(Activity).join(Signup).where(Signup.public_id == child.signup))
    writing().execute(sa.insert(HealthQuestion).values(activity_id=activity.id, needs=["food"], asked_at=clock.now()))
    care.write_health(guardian, child.signup, HealthNote(allergies="Zqarachidi"), "Sì.")
    care.write_collection(guardian, child.signup, Collection(False, (Collector("Zqnonna", "+393339998877"),)), "Sì.")
    child.words.update(health="Zqarachidi", collector="Zqnonna", collector_phone="3339998877")


def allowed(role: str) -> dict[str, tuple[str, ...]]:
    """Return whose words, and which, the role may meet."""
    everything = ("given", "family", "email", "phone")
    if role == "minor":
        return {"minor": everything}
    if role == "guardian":
        return {"minor": everything, "child": (*everything, "health", "collector", "collector_phone")}
    if role in casting.EDITORS:
        return {"minor": (*AT_THE_DESK, "phone"), "child": (*AT_THE_DESK, "phone")}
    if role in casting.MEMBERS:
        return {"minor": AT_THE_DESK, "child": AT_THE_DESK}
    if role == "safeguarding":
        return {"minor": AT_THE_DESK, "child": AT_THE_DESK, "stranger": AT_THE_DESK}
    return {}


def pages(app, cast, minors) -> list[str]:
    """Return every address of the site, of every signup, and what one may ask of the lists."""
    found = []
    # Who holds the signed link of a signup is the person it was mailed to: it is nobody else's to try.
    values = cast.values | {"token": "0-0-nobody"}
    for rule in rules_of(app):
        if "GET" in rule.methods:
            found.append(url_of(rule, values))
    found += [f"/iscrizioni/{minor.signup}" for minor in minors.values()]
    found += [f"/area-personale/figli/{minor.person.public_id}" for minor in minors.values()]
    for path in ("/laboratori", "/volontariato", "/organizzazioni", "/iniziative", "/calendario"):
        found.append(f"{path}?q=Zq")
    found += [f"/amministrazione/registro?cosa=signup&numero={number}" for number in range(1, 3)]
    found += ["/non-esiste", "/iscrizioni/non-esiste", "/i/0-0-nobody", f"/gestione/{cast.values['organisation']}/attivita?q=Zq"]
    return found


@pytest.mark.parametrize("role", casting.ROLES)
def test_what_is_a_minors_own_is_met_by_nobody_who_may_not(app, cast, minors, new_visitor, role):
    visitor = cast.visit_as(role, new_visitor())
    leaks, met = [], set()
    for path in pages(app, cast, minors):
        visitor.move()
        answer = visitor.get(path)
        text = answer.get_data().decode(errors="replace") + str(answer.headers)
        for name, minor in minors.items():
            for what, word in minor.words.items():
                if word in text:
                    met.add(name)
                    if what not in allowed(role).get(name, ()):
                        leaks.append((path, name, what))
    assert leaks == []
    # A net that catches nothing proves nothing: who may see did see.
    assert met >= set(allowed(role)) - {"stranger"}


@pytest.mark.parametrize(
    ("outcome", "opens"), [(Outcome.CLEAR, {"day", "after"}), (Outcome.NOT_CLEAR, set()), (None, set())]
)
def test_who_conducts_reads_full_names_of_minors_on_the_day_and_two_days_after_only(cast, minors, new_visitor, outcome, opens):
    values, minor = cast.values, minors["minor"]
    if outcome is not None:
        _let_conduct(cast, outcome)
    base = f"/gestione/{values['organisation']}/attivita/{values['activity']}/incontri/{values['meeting']}"
    starts_at = session().scalar(sa.select(Occurrence.starts_at).where(Occurrence.public_id == values["meeting"]))
    midnight = clock.rome_midnight(clock.to_rome(starts_at).date())
    over = starts_at + timedelta(hours=2 + 48)
    moment = timedelta(seconds=1)
    seen = {}
    for name, when in (("before", midnight - moment), ("day", midnight), ("after", over), ("late", over + moment)):
        with clock.frozen(when):
            facilitator, owner = (cast.visit_as(role, new_visitor()) for role in ("facilitator", "owner"))
            for path in ("/presenze", "/foglio"):
                text = facilitator.get(base + path).text
                assert f"{minor.words['given']} {minor.words['family'][:1]}" in text
                seen[name, path] = minor.words["family"] in text
                assert minor.words["family"] in owner.get(base + path).text
            assert minor.words["family"] not in facilitator.get(f"/iscrizioni/{minor.signup}").text
    assert seen == {(name, path): name in opens for name, path in seen}


def _let_conduct(cast, outcome: Outcome) -> None:
    """Let the member who is not an editor conduct the activity, with a certificate of this outcome."""
    theirs = sa.select(Membership).where(Membership.person_id == cast.people["facilitator"].id)
    with transaction():
        membership = writing().scalars(theirs).one()
        activity_id = writing().scalar(sa.select(Activity.id).where(Activity.public_id == cast.values["activity"]))
        writing().add(ActivityFacilitator(activity_id=activity_id, membership_id=membership.id, added_at=clock.now()))
        make.declared(membership, outcome)


def test_what_a_minor_does_elsewhere_is_not_told_to_an_organisation_that_looks_at_their_signup(cast, minors, new_visitor):
    minor = minors["minor"]
    with transaction():
        _, opening, _ = make.published(title="Zq altrove", age_min=11, age_max=19)
        guardian = make.actor_of(cast.people["guardian"], wards=frozenset({minor.person.id}))
        casting._enrol(guardian, minor.person, opening)
    path = f"/iscrizioni/{minor.signup}"
    of_a_signup = AuditEntry.details["what"].astext == "signup"
    seen = sa.select(sa.func.count()).where(AuditEntry.action == "see_participants", of_a_signup)
    for role in ("minor", "guardian"):
        assert "Zq altrove" in cast.visit_as(role, new_visitor()).get(path).text
    assert session().scalar(seen) == 0
    for role in (*casting.MEMBERS, "safeguarding"):
        answer = cast.visit_as(role, new_visitor()).get(path)
        assert answer.status_code == 200 and "Zq altrove" not in answer.text
    assert session().scalar(seen) == 4


def test_a_form_that_is_refused_tells_nothing_of_others(app, cast, minors, new_visitor):
    visitor = cast.visit_as("other_coordinator", new_visitor())
    for rule in rules_of(app):
        if "POST" in rule.methods:
            for send in (visitor.submit, visitor.post):
                visitor.move()
                text = send(url_of(rule, cast.values | {"token": "0-0-nobody"})).text
                assert not [word for minor in minors.values() for word in minor.words.values() if word in text], rule.endpoint


def test_the_signed_link_of_one_does_not_open_the_signup_of_another(cast, minors, new_visitor):
    minor, child = minors["minor"], minors["child"]
    good = manage_token(minor.signup, minor.person.id)
    assert minor.words["given"] in new_visitor().get(f"/i/{good}").text
    for forged in (
        good.replace(minor.signup, child.signup),
        good.replace(f"-{minor.person.id}-", f"-{child.person.id}-"),
        manage_token(child.signup, minor.person.id),
        good[:-1],
    ):
        assert new_visitor().get(f"/i/{forged}").status_code == 404


def test_the_logs_know_nobody(app, cast, minors, new_visitor, monkeypatch):
    written = io.StringIO()
    root = logging.getLogger()
    level, handlers = root.level, root.handlers
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", written)
        logs.configure("INFO")
        try:
            logging.getLogger("civic.test").warning("asked by %s", minors["minor"].words["email"])
            for role in ("guardian", "coordinator", "anonymous"):
                visitor = cast.visit_as(role, new_visitor())
                for path in pages(app, cast, minors):
                    visitor.move()
                    visitor.get(path)
        finally:
            root.handlers, root.level = handlers, level
    assert "asked by [address]" in written.getvalue()
    assert not [word for minor in minors.values() for word in minor.words.values() if word in written.getvalue()]
