"""The rules of safeguarding, decided from plain values: how long a certificate is good, and what a workshop still needs."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, format_day
from civic.safeguarding.types import Adult, Conducted, Outcome, Standing

VALID_MONTHS = 6
"""A certificate of the criminal record is good for six months (DPR 313/2002, art. 25-bis and practice)."""
TOLD_DAYS_BEFORE = (30, 7)
"""So many days before it ends the organisation is told."""
PLACES_PER_ADULT = 15
"""One adult for every fifteen young people begun, as school trips have it (C.M. 291/1992, art. 8)."""


def valid_until_of(issued_on: date) -> date:
    """Return the last day on which a certificate is good: the same day six months later, or the last one of that month."""
    months = issued_on.month - 1 + VALID_MONTHS
    year, month = issued_on.year + months // 12, months % 12 + 1
    return date(year, month, min(issued_on.day, monthrange(year, month)[1]))


def check_dates(issued_on: date, seen_on: date, outcome: Outcome, today: date) -> None:
    """Raise RuleBroken unless somebody can have seen a certificate of that day, and what is clear in it is still good."""
    if issued_on > today:
        raise RuleBroken(N_("This day is still to come: write the date printed on the certificate."), field="issued_on")
    if seen_on > today:
        raise RuleBroken(N_("This day is still to come: write when you had the certificate before you."), field="seen_on")
    if seen_on < issued_on:
        raise RuleBroken(N_("Nobody can see a certificate before it is issued: check the two dates."), field="seen_on")
    if outcome is Outcome.CLEAR and valid_until_of(issued_on) < today:
        raise RuleBroken(
            N_("A certificate is good for six months: this one ended on %(day)s, a new one is needed."),
            field="issued_on",
            day=format_day(valid_until_of(issued_on)),
        )


def standing_on(adult: Adult, day: date) -> Standing:
    """Return how it stands with the adult on `day`; who is not clear conducts nobody, whatever the day."""
    if adult.outcome is None or adult.is_shut_out:
        return Standing.MISSING
    if adult.outcome is Outcome.NOT_CLEAR:
        return Standing.NOT_CLEAR
    return Standing.VALID if day <= adult.valid_until else Standing.EXPIRED


def ends_soon(adult: Adult, today: date) -> bool:
    """Whether a certificate that is good today is not much longer: time to ask for a new one."""
    return standing_on(adult, today) is Standing.VALID and (adult.valid_until - today).days <= TOLD_DAYS_BEFORE[0]


def adults_needed(places: int) -> int:
    """Return how many adults so many places for young people take."""
    return max(1, -(-places // PLACES_PER_ADULT))


def list_missing(workshop: Conducted, today: date) -> tuple[RuleBroken, ...]:
    """Return what a workshop for minors still needs before it may be public, in the order one would say it."""
    return tuple(_missing(workshop, today))


def _missing(workshop: Conducted, today: date) -> Iterator[RuleBroken]:
    if not workshop.adults:
        yield RuleBroken(N_("Say who conducts it: where minors come at least one adult of the organisation is needed."))
        return
    for adult in workshop.adults:
        problem = find_problem(adult, workshop.first_day, today)
        if problem is not None:
            yield problem
    needed, there = adults_needed(workshop.places), len(workshop.adults)
    if there < needed:
        yield RuleBroken(
            N_("For %(places)s places %(needed)s adults are needed, one for every 15 young people; so far: %(there)s."),
            places=workshop.places,
            needed=needed,
            there=there,
        )


def find_problem(adult: Adult, first_day: date | None, today: date) -> RuleBroken | None:
    """Return why the adult cannot conduct a workshop for minors that begins on `first_day`, None where they can."""
    begins = max(today, first_day) if first_day else today
    if begins > valid_until_of(today):
        begins = today  # no certificate reaches so far ahead: before this one ends the organisation is told to see another
    standing = standing_on(adult, begins)
    if adult.is_shut_out:
        return RuleBroken(N_("The account of %(name)s was closed: choose somebody else."), name=adult.name)
    if standing is Standing.VALID:
        return None
    if standing is Standing.MISSING:
        message = N_("The declaration about %(name)s is missing: see the certificate and declare it under People.")
        return RuleBroken(message, name=adult.name)
    if standing is Standing.NOT_CLEAR:
        return RuleBroken(N_("%(name)s cannot conduct workshops for minors: choose somebody else."), name=adult.name)
    ended = format_day(adult.valid_until)
    if adult.valid_until < today:
        message = N_("The declaration about %(name)s ended on %(day)s: see a new certificate and declare it under People.")
        return RuleBroken(message, name=adult.name, day=ended)
    message = N_("The declaration about %(name)s ends on %(day)s, before the first meeting (%(first)s): see a new certificate.")
    return RuleBroken(message, name=adult.name, day=ended, first=format_day(begins))
