"""Addresses of static files: each changes with its content, so that browsers may keep what they have for a year."""

from __future__ import annotations

import hashlib
import json
import logging
import mimetypes
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
A_YEAR = "public, max-age=31536000, immutable"
PACKED = (("br", ".br"), ("gzip", ".gz"))
log = logging.getLogger(__name__)


@cache
def _manifest(_stamp: float) -> dict[str, str]:
    found: dict[str, str] = json.loads((STATIC / "dist/manifest.json").read_text())
    return found


def built_name(name: str) -> str | None:
    """Return the name that the build gave to `name`, None where it built none."""
    try:
        return _manifest((STATIC / "dist/manifest.json").stat().st_mtime).get(name)
    except FileNotFoundError:
        log.warning("static/dist is not built: run script/assets")
        return None


@cache
def _fingerprint(path: Path, _stamp: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset_url(name: str) -> str:
    """Return the address of a built file (`site.css`) or of one under static/ (`img/quartieri.svg`).

    No language prefix: Italian and English pages share one copy.
    """
    built = built_name(name) if "/" not in name else None
    if built:
        return f"/static/dist/{built}"
    path = STATIC / name
    if path.is_file():
        return f"/static/{name}?v={_fingerprint(path, path.stat().st_mtime)}"
    return f"/static/dist/{name}"


def _send(filename: str) -> Response:
    """Send a static file, packed as the build left it where the browser can open that."""
    for encoding, ending in PACKED:
        if encoding in request.accept_encodings and (STATIC / f"{filename}{ending}").is_file():
            response = send_from_directory(STATIC, filename + ending, mimetype=mimetypes.guess_type(filename)[0])
            response.content_encoding = encoding
            response.vary.add("Accept-Encoding")
            return response
    response = send_from_directory(STATIC, filename)
    if filename.startswith("dist/"):
        response.vary.add("Accept-Encoding")
    return response


def _remember_for_a_year(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code < 400:
        is_built = (request.view_args or {}).get("filename", "").startswith("dist/")
        if is_built or "v" in request.args:
            response.headers["Cache-Control"] = A_YEAR
    return response


def register(app: Flask) -> None:
    """Give templates `asset_url` and static files their year of cache."""
    app.jinja_env.globals["asset_url"] = asset_url if app.jinja_env.auto_reload or app.testing else cache(asset_url)
    app.view_functions["static"] = _send
    app.after_request(_remember_for_a_year)


@cache
def build_version() -> str:
    """Return a fingerprint of everything that gives a page its form: templates, words, built assets. Read once."""
    root = STATIC.parent
    digest = hashlib.sha256()
    sources = [*sorted((root / "templates").rglob("*.html")), *sorted((root / "civic/locale").rglob("*.po"))]
    for path in (*sources, STATIC / "dist/manifest.json"):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
