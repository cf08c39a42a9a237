"""Two sites on one machine do not sign each other out."""

from __future__ import annotations

import pytest

from civic.core import cookie_name


@pytest.mark.parametrize(
    ("base_url", "name"),
    [("http://127.0.0.1:8001", "civic-8001"), ("http://localhost", "civic"), ("https://bologna.example", "__Host-civic")],
)
def test_the_cookie_has_the_name_of_its_site(services, base_url, name):
    assert cookie_name(services.config(BASE_URL=base_url)) == name
