"""What a browser says of itself, in words a person recognises."""

from __future__ import annotations

from civic.kernel.i18n import _

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def name_of_agent(agent: str) -> str:
    """Return browser and device (`Firefox, Windows`), or that they are not known."""
    found = [next((name for sign, name in table if sign in agent), None) for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name) or _("Unknown browser")
