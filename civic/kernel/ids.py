"""Names for things: public ids, secret tokens, slugs."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import unicodedata

_PUBLIC_BYTES = 10
# The alphabet of Crockford: no letter that is taken for a figure (i, l, o), no u.
_READABLE = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghjkmnpqrstvwxyz")


def new_public_id() -> str:
    """Return a random id of 16 readable characters (80 bits), safe to show in addresses."""
    return base64.b32encode(secrets.token_bytes(_PUBLIC_BYTES)).decode().translate(_READABLE)


def new_token() -> str:
    """Return a secret of 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return what the database keeps in place of a secret token."""
    return hashlib.sha256(token.encode()).digest()


def plain(text: str) -> str:
    """Return `text` lower case and without accents, for comparing and for addresses."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def slugify(text: str) -> str:
    """Return `text` as the kebab-case part of an address, at most 60 characters; never empty."""
    slug = re.sub(r"[^a-z0-9]+", "-", plain(text)).strip("-")
    return slug[:60].rstrip("-") or "senza-titolo"
