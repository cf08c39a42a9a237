"""Mail addresses as they are kept."""

import pytest

from civic.accounts.rules import normalise_email
from civic.notifications import mime


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Anna@Example.org ", "anna@example.org"),
        ("anna@MÜNCHEN.de", "anna@xn--mnchen-3ya.de"),
        ("anna@straße.de", "anna@xn--strae-oqa.de"),
        ("anna", "anna"),
        ("anna@ü..de", "anna@ü..de"),
        ("", ""),
    ],
)
def test_an_address_is_kept_with_the_domain_that_mail_servers_know(typed, kept):
    assert normalise_email(typed) == kept


@pytest.mark.parametrize("address", ["ü@example.org", "anna@münchen.de", "a@b@c", "a b@example.org", "a@example.org\n"])
def test_no_mail_is_made_for_what_no_server_takes(address):
    with pytest.raises(mime.HeaderError):
        mime.check_address(address)
