"""Objects of Flask's extensions, made without an app and given one by the factory."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from limits.storage import RedisStorage

# The limiter loads every client that happens to be installed; the site has this one.
RedisStorage.DEPENDENCIES = {"redis": RedisStorage.DEPENDENCIES["redis"]}

csrf = CSRFProtect()
login_manager = LoginManager()
limiter = Limiter(get_remote_address, strategy="moving-window")
