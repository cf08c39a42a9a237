"""Variable envelope return paths: each mail names an address of ours for what comes back, which says of which mail it is.

The tag is signed over the delivery and the address it went to: whoever makes one up ends nobody's mail, and a report about
an address that its owner has left since says nothing about the new one.
"""

from __future__ import annotations

import re

from civic.kernel import crypto
from civic.notifications import settings

_PURPOSE = "bounce"
_TAG = re.compile(r"\+(\d{1,19})\.([a-z2-7]{32})@")


def envelope_sender(delivery_id: int, address: str) -> str:
    """Return who the envelope says has sent the delivery to `address`: one address for each, where there is a mailbox for it."""
    bounce_address = settings.current().bounce_address
    if bounce_address is None:
        return settings.current().sender_address
    local, _at, domain = bounce_address.partition("@")
    return f"{local}+{delivery_id}.{crypto.sign(_PURPOSE, delivery_id, address)}@{domain}"


def read_tags(recipients: str) -> list[tuple[int, str]]:
    """Return the deliveries, each with the signature, that addresses in `recipients` name; nothing is verified yet."""
    return [(int(number), signature) for number, signature in _TAG.findall(recipients.lower())]


def is_genuine(delivery_id: int, signature: str, address: str) -> bool:
    """Whether we made the tag for this delivery to this address."""
    return crypto.is_signed(signature, _PURPOSE, delivery_id, address)
