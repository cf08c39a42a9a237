"""Rendered public pages, kept under a hash of the rows they show: never stale, because the rows are read every time."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from flask import Response, current_app, get_flashed_messages, request
from flask import session as cookie

from civic.kernel.i18n import current_language
from civic.web.assets import build_version
from civic.web.signing_in import current_actor

_MOST = 128


class PageCache:
    """The last rendered pages of this process, the least used forgotten first."""

    def __init__(self, most: int = _MOST) -> None:
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._most = most

    def find(self, key: str) -> bytes | None:
        """Return the page kept under `key`, or None."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def keep(self, key: str, page: bytes) -> None:
        """Keep `page` under `key`."""
        with self._lock:
            self._pages[key] = page
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)


_cache = PageCache()


def is_switched_on() -> bool:
    """Whether pages are kept (the benchmark of rendering switches it off)."""
    return not current_app.config.get("WITHOUT_PAGE_CACHE", False)


def public_page(rows: object, render: Callable[[], str]) -> Response:
    """Answer with the page of `rows`: from memory for strangers where nothing changed, rendered for everybody else.

    A stranger's page holds no session, token or form; who has it already gets 304.
    """
    if current_actor().is_signed_in or (cookie and get_flashed_messages(with_categories=True)):
        return Response(render(), mimetype="text/html")
    key = _key_of(rows)
    page = _cache.find(key) if is_switched_on() else None
    if page is None:
        page = render().encode()
        _cache.keep(key, page)
    response = Response(page, mimetype="text/html")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Cookie"
    response.set_etag(key)
    return response.make_conditional(request)


def _key_of(rows: object) -> str:
    parts = (request.full_path, request.host_url, current_language(), build_version(), rows)
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()
