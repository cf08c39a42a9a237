"""What the site and its workers have in common: settings, words, database, the rules of each kind. No page, no route."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import structlog
from flask import Flask

from civic import tables
from civic.activities.kinds import register_kind
from civic.activities.types import ActivityKind
from civic.jobs import nudge
from civic.kernel import clock, crypto, db, i18n, logs
from civic.notifications import settings
from civic.outbox.services import set_nudge
from civic.volunteering.kind import VolunteeringKind
from civic.workshops.kind import WorkshopKind
from config import Config, load

ROOT = Path(__file__).parent.parent


def create_core(config: Config | None = None, application: type[Flask] = Flask) -> Flask:
    """Return an app that services and jobs run in; raise ConfigError naming the setting that is missing or malformed."""
    config = config or load()
    app = application("civic", root_path=str(ROOT), template_folder="templates", static_folder="static")
    logs.configure(config.LOG_LEVEL)
    _configure(app, config)
    crypto.configure(config.SECRET_KEY, config.FIELD_KEY)
    clock.shift_by(config.CLOCK_SHIFT)
    settings.configure(config)
    db.init_app(app)
    # Foreign keys cross rooms by the name of the table: every table is known before the first statement.
    tables.Base.registry.configure()
    _introduce_kinds()
    set_nudge(nudge.make(config))
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
