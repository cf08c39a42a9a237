"""How values are shown: days, times and amounts as people of the language write them."""

from __future__ import annotations

from flask import Flask

from civic.kernel import i18n


def register(app: Flask) -> None:
    """Give templates the words of the language and the filters that format values."""
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.globals.update(_=i18n._, gettext=i18n._, ngettext=i18n.ngettext)
    env.filters.update(
        day=i18n.format_day,
        month=i18n.format_month,
        short_day=i18n.format_short_day,
        time=i18n.format_time,
        moment=i18n.format_moment,
        hours=i18n.format_hours,
        money=i18n.format_money,
        number=i18n.format_number,
    )
