"""What mails need to know of this installation: who writes, from which domain, where the site is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path

from config import Config, SmtpServer

SITE_NAME = "Bologna Insieme"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Who sends and from where, the domain of Message-IDs, where returns go and are found, mails a minute by domain."""

    base_url: str
    sender: str
    sender_address: str
    domain: str
    bounce_address: str | None
    bounce_folder: Path | None
    smtp: SmtpServer
    domain_caps: Mapping[str, int]
    dkim_key: bytes | None = field(default=None, repr=False)
    dkim_selector: str = ""


_current: list[MailSettings] = []


def configure(config: Config) -> None:
    """Take the settings of mail; called once by the factory."""
    _current[:] = [
        MailSettings(
            base_url=config.BASE_URL.rstrip("/"),
            sender=config.MAIL_FROM,
            sender_address=parseaddr(config.MAIL_FROM)[1],
            domain=config.MAIL_DOMAIN,
            bounce_address=config.MAIL_BOUNCE_ADDRESS,
            bounce_folder=config.MAIL_BOUNCE_FOLDER,
            smtp=config.smtp,
            domain_caps=dict(config.MAIL_DOMAIN_CAPS),
            dkim_key=config.MAIL_DKIM_KEY,
            dkim_selector=config.MAIL_DKIM_SELECTOR,
        )
    ]


def current() -> MailSettings:
    """Return the settings of mail; raises IndexError where the factory has not run."""
    return _current[0]
