"""Rules of accounts that need no page."""

from __future__ import annotations

from datetime import date, timedelta

import pyotp
import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Guardianship
from civic.accounts.rules import normalise_phone, written_phone
from civic.accounts.services import closing, links, registering, signing_in
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose, Relationship
from civic.accounts.typos import suggest_address
from civic.kernel import clock
from civic.kernel.actor import Actor, Role
from civic.kernel.errors import NotAllowed, RuleBroken
from tests import factories as make

PASSWORD = "tre parole di fila"


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@gmail.con", "ada@gmail.com"),
        ("ada@hotmial.it", "ada@hotmail.it"),
        ("ada@libbero.it", "ada@libero.it"),
        ("ada@studio.uinbo.it", "ada@studio.unibo.it"),
        ("ada@gmail.com", None),
        ("ada@unibo.it", None),
        ("ada@example.org", None),
        ("ada@ritmo-obliquo.example", None),
        ("ada", None),
        ("@gmial.com", None),
    ],
)
def test_a_slip_of_the_hand_is_suggested(typed, suggested):
    assert suggest_address(typed) == suggested


def test_a_telephone_comes_back_as_it_is_written():
    assert written_phone(normalise_phone("333 1234567")) == "333 123 4567"
    with pytest.raises(RuleBroken):
        normalise_phone("333")


def confirmed_account(tx, email="ada@example.org", birth_on=date(1990, 5, 3)) -> Account:
    details = PersonDetails("Ada", "Neri", birth_on, email)
    registering.register(details, PASSWORD, "Ho letto")
    account = tx.scalar(sa.select(Account).where(Account.email == email))
    until = clock.now() + registering.CONFIRM_WITHIN
    link_id = links.make_link(LinkPurpose.CONFIRM_ADDRESS, account.person_id, until, account.id)
    registering.confirm_account(links.token_of(link_id), None)
    return account


def authorised_by_mail(tx, email: str):
    """Write a ward whose guardian is so far only an address."""
    ward, contact = make.person(make.THIRTEEN), make.person(None, email=email)
    tx.add(Guardianship(guardian_id=contact.id, ward_id=ward.id, relationship=Relationship.PARENT, created_at=clock.now()))
    tx.flush()
    return ward


def guardian_of(tx, ward) -> int:
    return tx.scalar(sa.select(Guardianship.guardian_id).where(Guardianship.ward_id == ward.id))


def test_an_adult_who_authorised_by_mail_answers_for_the_same_children_once_registered(tx):
    ward = authorised_by_mail(tx, "ada@example.org")
    account = confirmed_account(tx)
    assert guardian_of(tx, ward) == account.person_id


def test_a_young_person_with_the_mailbox_of_a_parent_becomes_nobodys_guardian(tx):
    ward = authorised_by_mail(tx, "ada@example.org")
    account = confirmed_account(tx, birth_on=make.SIXTEEN)
    assert guardian_of(tx, ward) != account.person_id


def test_the_right_code_is_good_for_its_half_minute_and_the_next_once(tx):
    account = confirmed_account(tx)
    actor = Actor(person_id=account.person_id, account_id=account.id, session_id=1)
    secret = signing_in.begin_second_factor(actor)
    code = pyotp.TOTP(secret).at(clock.now())
    signing_in.confirm_second_factor(actor, code, "")
    with pytest.raises(RuleBroken):
        signing_in.pass_second_factor(actor, code, "")
    with clock.frozen(clock.now() + timedelta(seconds=60)), pytest.raises(RuleBroken):
        signing_in.pass_second_factor(actor, code, "")
    with clock.frozen(clock.now() + timedelta(seconds=30)):
        signing_in.pass_second_factor(actor, pyotp.TOTP(secret).at(clock.now()), "")


@pytest.mark.parametrize("code", ["", "１２３４５６", "abcdef", "12345", "1234567", "000000 "])
def test_what_is_no_code_is_refused(tx, code):
    account = confirmed_account(tx)
    actor = Actor(person_id=account.person_id, account_id=account.id, session_id=1)
    signing_in.begin_second_factor(actor)
    with pytest.raises(RuleBroken):
        signing_in.confirm_second_factor(actor, code, "")


def test_only_an_administrator_closes_the_account_of_another(tx):
    account = confirmed_account(tx)
    stranger = make.actor_of(make.account())
    half = Actor(person_id=stranger.person_id, roles=frozenset({Role.PLATFORM_ADMINISTRATOR}))
    for actor in (stranger, half):
        with pytest.raises(NotAllowed):
            closing.disable_account(actor, account.id)
        with pytest.raises(NotAllowed):
            closing.end_role(actor, account.person_id, Role.OFFICER)
    closing.disable_account(
        Actor(person_id=stranger.person_id, roles=half.roles, has_second_factor=True), account.id
    )
    assert account.disabled_at is not None
