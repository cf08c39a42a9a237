"""The factory: settings, extensions, edges. No rule, no route."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask
from flask.templating import Environment as FlaskEnvironment
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from civic import tables, web
from civic.activities.kinds import register_kind
from civic.activities.types import ActivityKind
from civic.extensions import csrf, limiter, login_manager
from civic.jobs import nudge
from civic.kernel import clock, crypto, db, i18n, logs
from civic.notifications import settings
from civic.outbox.services import set_nudge
from civic.volunteering.kind import VolunteeringKind
from civic.workshops.kind import WorkshopKind
from config import Config, load

ROOT = Path(__file__).parent.parent


class Environment(FlaskEnvironment):
    """Jinja whose templates share one dictionary of globals; they are all named before the first template is loaded."""

    def make_globals(self, more: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template. A chain of maps, as Jinja makes it, costs a twentieth of every page."""
        return {**self.globals, **more} if more else self.globals


class Site(Flask):
    """The application, with our environment of templates."""

    jinja_environment = Environment


def create_app(config: Config | None = None) -> Flask:
    """Return the whole site, ready to serve; raise ConfigError naming the setting that is missing or malformed."""
    config = config or load()
    app = Site("civic", root_path=str(ROOT), template_folder="templates", static_folder="static")
    logs.configure(config.LOG_LEVEL)
    _configure(app, config)
    crypto.configure(config.SECRET_KEY, config.FIELD_KEY)
    clock.shift_by(config.CLOCK_SHIFT)
    settings.configure(config)
    db.init_app(app)
    # Foreign keys cross rooms by the name of the table: every table is known before the first statement.
    tables.Base.registry.configure()
    _extend(app, config)
    _introduce_kinds()
    set_nudge(nudge.make(config))
    web.register(app)
    app.wsgi_app = web.LanguagePrefix(app.wsgi_app)
    if config.PROXY_HOPS:
        hops = config.PROXY_HOPS
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)
    for language in i18n.LANGUAGES:
        i18n.translations_loaded(language)
    structlog.get_logger().info("app_ready", environment=config.ENVIRONMENT)
    return app


def _introduce_kinds() -> None:
    """Tell the engine whose rules each kind of opening follows."""
    register_kind(ActivityKind.WORKSHOP, WorkshopKind())
    register_kind(ActivityKind.TRAINING, WorkshopKind())
    register_kind(ActivityKind.PUBLIC_EVENT, WorkshopKind())
    register_kind(ActivityKind.VOLUNTEERING, VolunteeringKind())


def _configure(app: Flask, config: Config) -> None:
    app.config.update(
        SITE=config,
        SECRET_KEY=config.SECRET_KEY,
        SQLALCHEMY_DATABASE_URI=config.DATABASE_URL,
        SQLALCHEMY_ENGINE_OPTIONS=db.engine_options(),
        MAX_CONTENT_LENGTH=config.MAX_CONTENT_LENGTH,
        MAX_FORM_MEMORY_SIZE=config.MAX_CONTENT_LENGTH,
        TRUSTED_HOSTS=list(config.TRUSTED_HOSTS),
        SESSION_COOKIE_NAME=cookie_name(config),
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=config.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=config.limiter_url,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 1, "socket_connect_timeout": 1},
    )


def cookie_name(config: Config) -> str:
    """Cookies know no ports: two sites on one machine would sign each other out, so each has a name of its own."""
    if config.is_https:
        return "__Host-civic"
    port = urlsplit(config.BASE_URL).port
    return f"civic-{port}" if port else "civic"


def _extend(app: Flask, config: Config) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.auto_reload = config.ENVIRONMENT == "development"
    # The limiter stands before the token check, or requests without a valid token would never be counted.
    limiter.init_app(app)
    csrf.init_app(app)
    login_manager.init_app(app)
