"""DKIM (RFC 6376): each mail is signed with the key of the site, where there is one and no server further on does it."""

from __future__ import annotations

from email.utils import parseaddr
from functools import cache
from importlib import import_module

from civic.notifications import settings

SIGNED_HEADERS = (
    b"from",
    b"to",
    b"reply-to",
    b"subject",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
    b"auto-submitted",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)
"""What nobody on the way may change or add; that mail programs trust the way out, it has to be among them (RFC 8058)."""


def domain() -> str:
    """Return the domain that signs: that of the sender people see, so that DMARC finds the two aligned."""
    return parseaddr(settings.current().sender)[1].rpartition("@")[2]


def sign(content: bytes) -> bytes:
    """Return the mail with a signature before its headers, or as it is where the site has no key."""
    key = settings.current().dkim_key
    if key is None:
        return content
    selector = settings.current().dkim_selector
    signature = _library().sign(
        content,
        selector.encode(),
        domain().encode(),
        key,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=list(SIGNED_HEADERS),
    )
    return signature + content


@cache
def _library():
    """Return the library; it is loaded only where there is a key, and by workers alone."""
    return import_module("dkim")
