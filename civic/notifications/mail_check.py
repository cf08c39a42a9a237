"""Whether the world will believe our mails: what DNS says of our domains, and whether our mail server takes us in."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

import dns.exception
import dns.resolver
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from civic.notifications import settings, signing
from civic.notifications.smtp import Broken, Messenger, Refused

PATIENCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do where it is not well."""

    what: str
    is_well: bool
    advice: str = ""


def resolver(nameserver: str | None = None) -> dns.resolver.Resolver:
    """Return what asks DNS: the servers of this machine, or the one named as address:port."""
    asking = dns.resolver.Resolver(configure=nameserver is None)
    if nameserver:
        address, _colon, port = nameserver.partition(":")
        asking.nameservers, asking.port = [address], int(port or 53)
    asking.lifetime = PATIENCE_SECONDS
    return asking


def check(asking: dns.resolver.Resolver) -> Iterator[Finding]:
    """Yield everything that was looked at. dns.exception.DNSException where no DNS server answers at all."""
    current = settings.current()
    sender = parseaddr(current.sender)[1].rpartition("@")[2]
    envelope = (current.bounce_address or current.sender_address).rpartition("@")[2]
    yield _server(Messenger(current.smtp))
    yield _mailbox(asking, sender, "answers to our mails")
    if envelope != sender:
        yield _mailbox(asking, envelope, "mail that comes back")
    yield _spf(asking, envelope)
    yield _dkim(asking)
    yield _dmarc(asking, sender)
    if current.bounce_address is None:
        yield Finding("returns", False, "set MAIL_BOUNCE_ADDRESS and MAIL_BOUNCE_FOLDER, or nobody learns what came back")


def _server(messenger: Messenger) -> Finding:
    try:
        messenger.open()
        messenger.close()
    except (Broken, Refused) as error:
        return Finding("mail server", False, f"SMTP_URL: no connection, or the password is not taken ({error})")
    return Finding("mail server", True)


def _mailbox(asking: dns.resolver.Resolver, domain: str, what: str) -> Finding:
    try:
        asking.resolve(domain, "MX")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Finding(f"MX of {domain}", False, f"there is no server for {what}: add an MX record")
    return Finding(f"MX of {domain}", True)


def _spf(asking: dns.resolver.Resolver, domain: str) -> Finding:
    found = [text for text in _texts(asking, domain) if text.lower().startswith("v=spf1")]
    what = f"SPF of {domain}"
    if not found:
        return Finding(what, False, f'add TXT {domain} "v=spf1 include:<your mail server> -all"')
    if len(found) > 1:
        return Finding(what, False, "there are two records: receivers then take none; join them into one")
    if "+all" in found[0].lower().split():
        return Finding(what, False, "+all lets everybody send in our name: end the record with -all")
    return Finding(what, True)


def _dkim(asking: dns.resolver.Resolver) -> Finding:
    current = settings.current()
    if current.dkim_key is None:
        return Finding("DKIM", False, "set MAIL_DKIM_KEY and MAIL_DKIM_SELECTOR, unless your mail server signs for this domain")
    name, wanted = f"{current.dkim_selector}._domainkey.{signing.domain()}", public_key(current.dkim_key)
    published = [_tag(text, "p") for text in _texts(asking, name)]
    if wanted in published:
        return Finding(f"DKIM at {name}", True)
    problem = "another key is published there" if published else "nothing is published there"
    return Finding(f"DKIM at {name}", False, f'{problem}: TXT {name} "v=DKIM1; k=rsa; p={wanted}"')


def _dmarc(asking: dns.resolver.Resolver, domain: str) -> Finding:
    what = f"DMARC of {domain}"
    parts = domain.split(".")
    for at in range(len(parts) - 1):
        name = f"_dmarc.{'.'.join(parts[at:])}"
        found = [text for text in _texts(asking, name) if text.lower().startswith("v=dmarc1")]
        if found:
            return Finding(what, bool(_tag(found[0], "p")), "the record names no policy: add p=none, p=quarantine or p=reject")
    return Finding(what, False, f'add TXT _dmarc.{domain} "v=DMARC1; p=none; rua=mailto:<who reads the reports>", later p=reject')


def public_key(private: bytes) -> str:
    """Return the public half of a key as DNS has it."""
    key = load_pem_private_key(private, None).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _tag(record: str, name: str) -> str:
    """Return the value of a tag of a record such as `v=DKIM1; p=...`."""
    tags = dict(part.strip().split("=", 1) for part in record.split(";") if "=" in part)
    return "".join(tags.get(name, "").split())


def _texts(asking: dns.resolver.Resolver, name: str) -> list[str]:
    try:
        answer = asking.resolve(name, "TXT")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
