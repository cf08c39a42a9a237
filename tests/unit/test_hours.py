"""Hours and what they make, without a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from civic.certificates import rules
from civic.certificates.types import CertificateKind, Gap
from civic.kernel.errors import RuleBroken

GAP = Gap("a", datetime(2026, 11, 25, tzinfo=UTC))


@pytest.mark.parametrize(("minutes", "shown"), [(0, 0), (14, 0), (15, 15), (29, 15), (119, 105), (120, 120)])
def test_what_is_shown_is_rounded_down_to_the_quarter_of_an_hour(minutes, shown):
    assert rules.rounded(minutes) == shown


@pytest.mark.parametrize(
    ("minutes", "scheduled", "kind"),
    [
        (90, 120, CertificateKind.ATTENDANCE),
        (89, 120, CertificateKind.HOURS),
        (15, 120, CertificateKind.HOURS),
        (14, 120, None),
        (0, 120, None),
        (60, 0, CertificateKind.HOURS),
    ],
)
def test_from_the_threshold_on_it_is_a_certificate_below_a_statement_and_for_nothing_nothing(minutes, scheduled, kind):
    assert rules.kind_for(minutes, scheduled, 75) == kind


def test_the_threshold_compares_exact_minutes_and_not_the_rounded_ones():
    assert rules.kind_for(119, 158, 75) == CertificateKind.ATTENDANCE
    assert rules.rounded(119) * 100 < 75 * 158


@pytest.mark.parametrize(
    ("given", "family", "initials"),
    [("Amina", "Benali", "A. B."), ("anna maria", "d'Este", "A. D."), ("Óscar", "", "Ó."), ("", "", "")],
)
def test_initials_are_the_first_letters_of_both_names(given, family, initials):
    assert rules.initials_of(given, family) == initials


@pytest.mark.parametrize(("took_place", "to_come", "gaps"), [(0, 0, ()), (3, 1, ()), (3, 0, (GAP,))])
def test_a_register_is_closed_after_the_last_meeting_and_with_every_mark(took_place, to_come, gaps):
    with pytest.raises(RuleBroken):
        rules.check_can_close(took_place, to_come, gaps)


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_a_threshold_is_a_share_of_a_hundred(percent):
    with pytest.raises(RuleBroken):
        rules.check_threshold(percent)
    rules.check_threshold(100)
