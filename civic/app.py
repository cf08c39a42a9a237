"""The site: what it has in common with its workers, and every page. No rule, no route."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment as FlaskEnvironment
from itsdangerous import URLSafeTimedSerializer
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from civic import web
from civic.core import create_core
from civic.extensions import csrf, limiter, login_manager
from config import Config


class Environment(FlaskEnvironment):
    """Jinja whose templates share one dictionary of globals; they are all named before the first template is loaded."""

    def make_globals(self, more: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template. A chain of maps, as Jinja makes it, costs a twentieth of every page."""
        return {**self.globals, **more} if more else self.globals


class Cookies(SecureCookieSessionInterface):
    """Signed cookies whose signer is made once: making it costs as much as reading a cookie."""

    @lru_cache(maxsize=2)  # noqa: B019 - one interface and one app live as long as the process
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads the cookies of `app`."""
        return super().get_signing_serializer(app)


class Site(Flask):
    """The application, with our environment of templates and our way of signing cookies."""

    jinja_environment = Environment
    session_interface = Cookies()


def create_app(config: Config | None = None) -> Flask:
    """Return the whole site, ready to serve; raise ConfigError naming the setting that is missing or malformed."""
    app = create_core(config, Site)
    _extend(app)
    web.register(app)
    app.wsgi_app = web.LanguagePrefix(app.wsgi_app)
    hops = app.config["SITE"].PROXY_HOPS
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)
    return app


def _extend(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.auto_reload = app.config["SITE"].ENVIRONMENT == "development"
    # The limiter stands before the token check, or requests without a valid token would never be counted.
    limiter.init_app(app)
    csrf.init_app(app)
    login_manager.init_app(app)
