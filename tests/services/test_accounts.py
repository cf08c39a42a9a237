"""Rules of accounts that need no page."""

from __future__ import annotations

from datetime import date, timedelta

import pyotp
import pytest
import sqlalchemy as sa

from civic.accounts.models import Account, Guardianship, Link, RoleGrant
from civic.accounts.rules import normalise_phone, written_phone
from civic.accounts.services import closing, links, people, profile, registering, signing_in
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose, Relationship
from civic.accounts.typos import suggest_address
from civic.kernel import clock
from civic.kernel.actor import SYSTEM, Actor, Role
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


def live_guardians(tx, ward) -> list[int]:
    live = (Guardianship.ward_id == ward.id, Guardianship.ended_at.is_(None))
    return list(tx.scalars(sa.select(Guardianship.guardian_id).where(*live)))


def test_who_authorised_twice_by_mail_opens_an_account_and_answers_once(tx):
    ward = authorised_by_mail(tx, "ada@example.org")
    again = make.person(None, email="ada@example.org")
    tx.add(Guardianship(guardian_id=again.id, ward_id=ward.id, relationship=Relationship.PARENT, created_at=clock.now()))
    tx.flush()
    account = confirmed_account(tx)
    assert live_guardians(tx, ward) == [account.person_id]


def test_one_contact_serves_everybody_who_writes_its_address(tx):
    first = people.contact_for("Mamma@example.org", None)
    assert people.contact_for("mamma@example.org", None) == first
    people.name_contact(first, "Maria Rossi")
    assert people.contact_for("mamma@example.org", None) != first


def asked_for_another_address(tx, account: Account) -> str:
    actor = Actor(person_id=account.person_id, account_id=account.id)
    profile.ask_address_change(actor, PASSWORD, "ladro@example.org")
    return links.token_of(tx.scalar(sa.select(Link.id).where(Link.purpose == LinkPurpose.CHANGE_ADDRESS)))


def test_a_new_password_ends_the_change_of_address_a_thief_asked_for(tx):
    account = confirmed_account(tx)
    token = asked_for_another_address(tx, account)
    registering.ask_password_reset("ada@example.org")
    reset = tx.scalar(sa.select(Link.id).where(Link.purpose == LinkPurpose.RESET_PASSWORD))
    registering.reset_password(links.token_of(reset), "quattro parole tutte nuove")
    with pytest.raises(RuleBroken):
        profile.change_address(token)
    assert account.email == "ada@example.org"


def test_a_disabled_account_has_no_live_link(tx):
    account = confirmed_account(tx)
    asked_for_another_address(tx, account)
    registering.ask_password_reset("ada@example.org")
    closing.disable_account(SYSTEM, account.id)
    assert not tx.scalar(sa.select(sa.func.count()).select_from(Link).where(Link.used_at.is_(None)))


def test_a_closed_address_registers_again_as_somebody_new(tx):
    account = confirmed_account(tx)
    before = account.person_id
    closing.close_account(Actor(person_id=before, account_id=account.id))
    again = confirmed_account(tx)
    assert (again.id, again.disabled_at) == (account.id, None)
    assert again.person_id != before and again.confirmed_at is not None


def test_an_account_an_administrator_shut_does_not_register_again(tx):
    account = confirmed_account(tx)
    closing.disable_account(SYSTEM, account.id)
    confirmed = registering.register(PersonDetails("Ada", "Neri", date(1990, 5, 3), "ada@example.org"), PASSWORD, "Ho letto")
    assert confirmed and account.disabled_at is not None
    assert not tx.scalar(sa.select(Link.id).where(Link.purpose == LinkPurpose.CONFIRM_ADDRESS, Link.used_at.is_(None)))


def test_the_last_platform_administrator_does_not_close_the_account(tx):
    account = confirmed_account(tx)
    signing_in.grant_role(SYSTEM, account.person_id, Role.PLATFORM_ADMINISTRATOR)
    actor = Actor(person_id=account.person_id, account_id=account.id, roles=frozenset({Role.PLATFORM_ADMINISTRATOR}))
    with pytest.raises(RuleBroken):
        closing.close_account(actor)
    signing_in.grant_role(SYSTEM, make.account().id, Role.PLATFORM_ADMINISTRATOR)
    closing.close_account(actor)
    assert not tx.scalar(sa.select(RoleGrant.id).where(RoleGrant.person_id == account.person_id, RoleGrant.ended_at.is_(None)))


@pytest.mark.parametrize("name", ["Vinci su www.male.example", "https://male.example", "ada@male.example", "male.example/x"])
def test_a_name_carries_no_address_into_our_mails(tx, name):
    for given, family in ((name, "Neri"), ("Ada", name)):
        with pytest.raises(RuleBroken) as caught:
            people.add_person(PersonDetails(given, family))
        assert caught.value.field == "given_name"


@pytest.mark.parametrize("typed", ["me+scuola@example.org", "ME@example.org", "prima@example.org", "prima+x@example.org"])
def test_a_mailbox_is_known_under_a_tag_and_after_it_was_changed(tx, typed):
    account = confirmed_account(tx, "prima@example.org", make.SIXTEEN)
    actor = Actor(person_id=account.person_id, account_id=account.id)
    profile.ask_address_change(actor, PASSWORD, "me@example.org")
    token = tx.scalar(sa.select(Link.id).where(Link.purpose == LinkPurpose.CHANGE_ADDRESS))
    profile.change_address(links.token_of(token))
    assert people.is_mailbox_of(account.person_id, typed)
    assert not people.is_mailbox_of(account.person_id, "mamma@example.org")


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
    closing.disable_account(
        Actor(person_id=stranger.person_id, roles=half.roles, has_second_factor=True), account.id
    )
    assert account.disabled_at is not None
