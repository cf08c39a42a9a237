"""The blueprint to which every module of this folder adds its pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
