"""The real site on a port, its demo town and mail server, and a Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from civic.accounts.models import Account
from civic.accounts.services import sessions
from civic.app import create_app
from civic.cli import demo
from civic.extensions import limiter
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.db import release, session, transaction
from civic.notifications import settings, smtp
from tests.factories import NOW
from tests.failure.site import free_port
from tests.services_of_tests import Services
from tests.sink import Mail, Sink, listening

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_CHROMIUM = (
    "The browser tests need Chromium: install it (on Debian: apt-get install chromium), "
    "or set CHROMIUM to the path of one that starts."
)


class Quiet(WSGIRequestHandler):
    """Answers and does not talk about it."""

    def log_request(self, *args: object) -> None:
        """Say nothing."""


@dataclass
class Site:
    """The site as it is served, and what its mail server took."""

    app: Flask
    url: str
    sink: Sink
    cookies: dict[str, str] = field(default_factory=dict)

    def sweep(self) -> None:
        """Do what a worker would have done by now."""
        with self.app.app_context():
            sweep.sweep()

    def mail(self, address: str, about: str = "") -> Mail:
        """Return the latest mail to `address` whose subject holds `about`, once all that is due has been sent."""
        self.sweep()
        found = [mail for mail in self.sink.to(address) if about in mail.subject]
        assert found, [(mail.recipient, mail.subject) for mail in self.sink.mails]
        return found[-1]

    def path_in(self, mail: Mail, part: str) -> str:
        """Return the path of the link in `mail` that holds `part`."""
        return mail.link(part).removeprefix(self.url)

    def ask(self, statement: str, **values):
        """Return the rows that a statement finds in the database of the site."""
        with self.app.app_context():
            rows = session().execute(sa.text(statement), values).all()
            release()
            return rows

    def cookie_of(self, email: str, *, with_second_factor: bool = True) -> str:
        """Return the cookie of a session of this person, with the second factor."""
        if not with_second_factor or email not in self.cookies:
            with self.app.app_context():
                with transaction():
                    account_id = session().scalar(sa.select(Account.id).where(Account.email == email))
                    token = sessions.start_session(account_id, "Test", with_second_factor=with_second_factor)
                serializer = self.app.session_interface.get_signing_serializer(self.app)
                self.cookies[email] = serializer.dumps({"_user_id": token, "_fresh": True})
                release()
        return self.cookies[email]


@dataclass
class Watch:
    """What went wrong in the pages of a visitor: errors of scripts and of the policy, other hosts, broken answers."""

    url: str
    faults: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._heard(page, message))
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", lambda answer: self._answered(answer.url, answer.status))

    def _heard(self, page: Page, message) -> None:
        # A form that comes back with errors answers 422, which Chromium tells as an error of its own.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(f"{page.url}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"another host was asked: {url}")

    def _answered(self, url: str, status: int) -> None:
        if status >= 500 or (status == 404 and "/static/" in url):
            self.faults.append(f"{status} {url}")


@pytest.fixture(scope="session")
def served(services) -> Iterator[Site]:
    """The site with its demo town, on a port of its own, for the whole run."""
    with serving(services.another("browser"), demo.load.callback) as site:
        yield site


@contextmanager
def serving(services: Services, fill: Callable[[], object]) -> Iterator[Site]:
    """The site on a port of its own, with what `fill` writes on a Monday morning."""
    port = free_port()
    with listening() as sink:
        url = f"http://127.0.0.1:{port}"
        app = create_app(services.config(SMTP_URL=f"smtp://127.0.0.1:{sink.port}", BASE_URL=url))
        with clock.frozen(NOW), app.app_context():
            fill()
            release()
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(app, url, sink)
        server.shutdown()
        thread.join(10)


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    """The site on a Monday morning, its mail server empty, with mails that lead to it."""
    with morning(served):
        served.sweep()
        served.sink.clear()
        yield served


@contextmanager
def morning(served: Site) -> Iterator[None]:
    """Monday morning at the site: nobody has used up an attempt, and mails lead to it."""
    before = settings.current()
    settings.configure(served.app.config["SITE"])
    smtp.forget_connections()
    with clock.frozen(NOW):
        with served.app.app_context():
            limiter.limiter.storage.reset()
        yield
    settings._current[:] = [before]
    smtp.forget_connections()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium for the whole run."""
    wanted = os.environ.get("CHROMIUM") or "chromium"
    path = shutil.which(wanted) or shutil.which("/usr/bin/chromium")
    if path is None:
        pytest.fail(NO_CHROMIUM)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Call it for a page of a new visitor, signed in as an address or as nobody; nothing may go wrong in it."""
    with visiting(browser, site) as new_page:
        yield new_page


@contextmanager
def visiting(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Visitors of `site`, watched: at the end nothing may have gone wrong in any of their pages."""
    watch = Watch(site.url)
    contexts: list[BrowserContext] = []

    def new_page(email: str | None = None, size: dict | None = None, **options) -> Page:
        with_second_factor = options.pop("with_second_factor", True)
        context = browser.new_context(base_url=site.url, viewport=size or PHONE, locale="it-IT", **options)
        context.set_default_timeout(6_000)
        contexts.append(context)
        if email is not None:
            name, value = site.app.config["SESSION_COOKIE_NAME"], site.cookie_of(email, with_second_factor=with_second_factor)
            context.add_cookies([{"name": name, "value": value, "url": site.url}])
        page = context.new_page()
        watch.follow(page)
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert watch.faults == []
