"""Headers of every answer: one fixed policy, no exception."""

from __future__ import annotations

from flask import Response, current_app, request

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_FIXED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


def add_headers(response: Response) -> Response:
    """Put the fixed headers on `response`; what is not static and not said to be public is never stored."""
    response.headers.update(_FIXED)
    if current_app.config["SITE"].is_https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers and request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def is_cross_site() -> bool:
    """Whether a browser says that this request was started by another site."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site"
