"""Ages and names, decided from plain values. An age is always computed for the day it matters on."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import idna
import phonenumbers

from civic.accounts.types import ACCOUNT_AGE, ADULT_AGE
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_

OLDEST_AGE = 120
_NO_NAME = ("/", "www.", "@")


def age_on(birth_on: date, day: date) -> int:
    """Return the completed years on `day`; who was born on 29 February has a birthday on 1 March in other years."""
    had_birthday = (day.month, day.day) >= (birth_on.month, birth_on.day)
    return day.year - birth_on.year - (0 if had_birthday else 1)


def birthday_in(birth_on: date, year: int) -> date:
    """Return the birthday in `year` (1 March for 29 February in other years)."""
    try:
        return birth_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def born_on_or_before(age: int, day: date) -> date:
    """Return the latest birth date of those who have completed `age` years on `day`."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # 29 February: whoever was born on 28 February has turned, whoever on 1 March has not
        return date(day.year - age, 2, 28)


def check_birth_date(birth_on: date, today: date) -> None:
    """Raise RuleBroken unless a living person can have been born on `birth_on`."""
    if birth_on > today:
        raise RuleBroken(N_("This date is in the future: check the year."), field="birth_on")
    if age_on(birth_on, today) > OLDEST_AGE:
        raise RuleBroken(N_("This date is more than 120 years ago: check the year."), field="birth_on")


def is_minor_on(birth_on: date | None, day: date) -> bool:
    """Whether the person is not of age on `day`; without a birth date the person counts as adult."""
    return birth_on is not None and age_on(birth_on, day) < ADULT_AGE


def may_have_account(birth_on: date, today: date) -> bool:
    """Whether the person may have an account of their own (from 14, art. 2-quinquies Codice Privacy)."""
    return age_on(birth_on, today) >= ACCOUNT_AGE


def check_may_have_account(birth_on: date, today: date) -> None:
    """Raise RuleBroken where the person is too young for an account."""
    if not may_have_account(birth_on, today):
        raise RuleBroken(
            N_("You can have your own account from the age of 14. Until then an adult of your family can sign you up."),
            field="birth_on",
        )


def check_name(*names: str) -> None:
    """Raise RuleBroken where a name would be a link in the mails that carry it: nobody advertises through us."""
    if any(sign in name.lower() for name in names for sign in _NO_NAME):
        raise RuleBroken(N_("Write only the name: addresses of sites and mailboxes do not belong here."), field="given_name")


def normalise_email(address: str) -> str:
    """Return the address as it is compared and written to: trimmed, lower case, the domain as mail servers know it."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not domain.isascii():
        with suppress(idna.IDNAError):  # no domain at all: nobody is found by it, and the form says so
            domain = idna.encode(domain, uts46=True).decode()
    return f"{local}{at}{domain}"


def mailbox_of(address: str) -> str:
    """Return the mailbox that an address leads to: `me+school@x` is read by who reads `me@x`."""
    name, at, domain = normalise_email(address).rpartition("@")
    return name.partition("+")[0] + at + domain


def normalise_phone(typed: str) -> str | None:
    """Return the number as +39..., None where nothing was typed; raise RuleBroken where nobody can be called by it."""
    if not typed.strip():
        return None
    try:
        number = phonenumbers.parse(typed, "IT")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or not phonenumbers.is_valid_number(number):
        raise RuleBroken(N_("Write a telephone number, for example 333 123 4567 or +44 20 7946 0018."), field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def written_phone(kept: str | None) -> str:
    """Return the number as people write it: without +39 at home, with the code of the country abroad."""
    if not kept:
        return ""
    number = phonenumbers.parse(kept, "IT")
    is_italian = number.country_code == phonenumbers.country_code_for_region("IT")
    style = phonenumbers.PhoneNumberFormat.NATIONAL if is_italian else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
