"""Objects of Flask's extensions, made without an app and given one by the factory."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from limits.storage import RedisStorage

# The limiter loads every client that happens to be installed; the site has this one.
RedisStorage.DEPENDENCIES = {"redis": RedisStorage.DEPENDENCIES["redis"]}


class DecoratedLimits(Limiter):
    """A limiter whose limits all stand beside what they limit, so that nothing is looked up before every request."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


csrf = CSRFProtect()
login_manager = LoginManager()
limiter = DecoratedLimits(get_remote_address, strategy="moving-window")
