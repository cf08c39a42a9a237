"""What people read when something is refused or goes wrong."""

from __future__ import annotations

import structlog
from flask import Flask, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from civic.extensions import limiter
from civic.kernel import clock
from civic.kernel.errors import DomainError, NotAllowed, NotFound, RuleBroken
from civic.kernel.i18n import N_, _

log = structlog.get_logger()

_IN_SHORT = {
    400: N_("This cannot be done."),
    404: N_("We could not find what you were looking for."),
    500: N_("The site does not answer: try again in a moment."),
}
_TEMPLATES = {400, 403, 404, 405, 413, 429, 500, 503}


def register(app: Flask) -> None:
    """Give `app` a page for every refusal and failure."""
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(CSRFError, show_stale_form)
    app.register_error_handler(NotFound, lambda error: _page(404))
    app.register_error_handler(NotAllowed, lambda error: _page(403, _(error.message, **error.values)))
    app.register_error_handler(RuleBroken, lambda error: _page(400, _(error.message, **error.values)))
    app.register_error_handler(DomainError, lambda error: _page(400, _(error.message, **error.values)))
    app.register_error_handler(OperationalError, show_unavailable)
    app.register_error_handler(PoolTimeout, show_unavailable)
    app.register_error_handler(Exception, show_failure)


def show_http_error(error: HTTPException):
    """Show our own page for an HTTP refusal, keeping its headers (Allow, Retry-After)."""
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    body, status = _page(error.code)
    kept = [(key, value) for key, value in error.get_headers() if key in ("Allow", "Retry-After")]
    if error.code == 429 and limiter.current_limit is not None:
        kept.append(("Retry-After", str(max(1, clock.seconds_until(limiter.current_limit.reset_at)))))
    return body, status, kept


def show_stale_form(error: CSRFError):
    """Say that the page was open too long; what was typed is still in the browser."""
    return _page(400, _("This page was open for too long, or cookies are off. Go back, reload the page and send it again."))


def show_unavailable(error: DBAPIError):
    """Say that the database does not answer and that trying again is safe."""
    log.warning("database_unavailable", error=type(error).__name__, endpoint=request.endpoint)
    body, status = _page(503)
    return body, status, {"Retry-After": "10"}


def show_failure(error: Exception):
    """Log the failure without personal data and show a page that says what to do."""
    log.error("request_failed", endpoint=request.endpoint, error=type(error).__name__, exc_info=error)
    return _page(500)


def _page(code: int, detail: str | None = None):
    if request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json":
        return jsonify(error=detail or _(_IN_SHORT.get(code, _IN_SHORT[400 if code < 500 else 500]))), code
    template = code if code in _TEMPLATES else (400 if code < 500 else 500)
    return render_template(f"errors/{template}.html", detail=detail), code
