"""Headers of every answer: one fixed policy; of what a browser has, a page may ask for what it names itself."""

from __future__ import annotations

from flask import Response, current_app, request

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
"""What no page may ask a browser for; a page that needs one of these says so itself."""
_FIXED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def add_headers(response: Response) -> Response:
    """Put the fixed headers on `response`; what is not static and not said to be public is never stored."""
    # A page that shows what others wrote says itself how little it may do; the rest is the same for all.
    own_policy = response.headers.get("Content-Security-Policy")
    response.headers.update(_FIXED)
    if own_policy:
        response.headers["Content-Security-Policy"] = own_policy
    response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    if current_app.config["SITE"].is_https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers and request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def is_cross_site() -> bool:
    """Whether a browser says that this request was started by another site."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site"
