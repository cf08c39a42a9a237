"""English pages are the same paths under `/en`."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from civic.kernel.i18n import DEFAULT_LANGUAGE, set_language

PREFIX = "/en"


class LanguagePrefix:
    """Takes `/en` off the path and puts it in SCRIPT_NAME, so that every address made for the page keeps it."""

    def __init__(self, wsgi_app: Callable) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: dict, start_response: Callable):
        path = environ.get("PATH_INFO", "")
        if path == PREFIX or path.startswith(PREFIX + "/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIX
            environ["PATH_INFO"] = path[len(PREFIX) :] or "/"
            set_language("en")
        else:
            # Said here, before anything can refuse the request: a refusal speaks the language of the page as well.
            set_language(DEFAULT_LANGUAGE)
        return self.wsgi_app(environ, start_response)


def language_of_request() -> str:
    """Return the language that the address of this request asks for."""
    return "en" if request.script_root.endswith(PREFIX) else DEFAULT_LANGUAGE


def speak_language_of_request() -> None:
    """Let this request speak the language of its address."""
    set_language(language_of_request())
