"""Secrets: fields encrypted in the database, signatures on links, keyed hashes of addresses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_keys: dict[str, bytes] = {}


def configure(secret_key: str, field_key: bytes) -> None:
    """Take the two secrets of the site; called once by the factory."""
    _keys["sign"] = secret_key.encode()
    _keys["field"] = field_key


def encrypt(text: str) -> bytes:
    """Return `text` encrypted with the field key (AES-256-GCM, nonce first)."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_keys["field"]).encrypt(nonce, text.encode(), None)


def decrypt(sealed: bytes) -> str:
    """Return the text that `encrypt` sealed; raise InvalidTag if it was changed."""
    return AESGCM(_keys["field"]).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()


def sign(*parts: object) -> str:
    """Return a signature of 160 bits over `parts`, safe in an address."""
    message = "\x1f".join(str(part) for part in parts).encode()
    digest = hmac.new(_keys["sign"], message, hashlib.sha256).digest()[:20]
    return base64.b32encode(digest).decode().lower()


def is_signed(signature: str, *parts: object) -> bool:
    """Whether `signature` is ours over `parts`, compared in constant time."""
    return hmac.compare_digest(sign(*parts).encode(), signature.encode())


def keyed_hash(text: str) -> bytes:
    """Return a hash of `text` that means nothing without our key (for suppressed addresses)."""
    return hmac.new(_keys["sign"], b"suppression\x1f" + text.encode(), hashlib.sha256).digest()
