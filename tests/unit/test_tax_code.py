"""The tax code of an organisation, digit by digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.kernel.errors import RuleBroken
from civic.organisations.rules import check_tax_code, control_digit, normalise_tax_code


def test_a_real_code_passes():
    check_tax_code("01232710374")  # the municipality of Bologna


@given(st.text("0123456789", min_size=10, max_size=10).filter(lambda ten: ten != "0" * 10), st.integers(0, 9))
def test_one_last_digit_alone_is_right(ten, last):
    code = f"{ten}{last}"
    if last == control_digit(ten):
        check_tax_code(code)
        return
    with pytest.raises(RuleBroken):
        check_tax_code(code)


@pytest.mark.parametrize("text", ["", "123", "0123271037A", "012327103740", "00000000000", "٠١٢٣٢٧١٠٣٧٤"])
def test_what_is_not_eleven_digits_is_refused(text):
    with pytest.raises(RuleBroken):
        normalise_tax_code(text)


def test_spaces_and_country_are_forgiven():
    assert normalise_tax_code(" IT 0123 2710 374 ") == "01232710374"
