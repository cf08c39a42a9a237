"""The page of who runs the platform: how sending goes, what is wrong, and the few things to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash, redirect, request, url_for

from civic.kernel.db import transaction
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import N_, _, ngettext
from civic.notifications import alarms, figures, operating
from civic.notifications.breaker import ALL
from civic.notifications.figures import Figures, TroubleGroup
from civic.notifications.types import DeliveryState
from civic.web.administration.views import blueprint, show
from civic.web.broker import queue_lengths
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor

STATES = {
    DeliveryState.FAILED: (N_("Failed"), "danger"),
    DeliveryState.HELD: (N_("To be decided"), "warning"),
    DeliveryState.BOUNCED: (N_("Came back"), "warning"),
}
PARTS = {alarms.CLOCK: N_("Clock of the workers (beat)"), alarms.SWEEP: N_("Search for what is due")}
REASONS = {
    operating.BY_HAND: N_("stopped by hand"),
    "busy": N_("their server asks us to wait"),
    "connection": N_("the connection to the mail server breaks"),
    "policy": N_("their server refuses us: look at SPF, DKIM and DMARC"),
    "sign-in": N_("our mail server does not take our password"),
}


@dataclass(frozen=True, slots=True)
class PauseItem:
    """To whom nothing is sent, why, and until when; `domain` is empty where it is everybody."""

    domain: str
    reason: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class TroubleItem:
    """What did not arrive for one reason; `key` says which to the buttons."""

    row: TroubleGroup
    state: str
    tone: str
    key: str
    can_retry: bool
    can_drop: bool


@dataclass(frozen=True, slots=True)
class SendingPage:
    """How sending goes. `queues` is None where the broker does not answer."""

    figures: Figures
    alarms: tuple[str, ...]
    oldest: str
    sent: int
    failed: int
    returned: int
    heartbeats: tuple[tuple[str, str, bool], ...]
    pauses: tuple[PauseItem, ...]
    is_stopped: bool
    troubles: tuple[TroubleItem, ...]
    queues: dict[str, int] | None


@blueprint.get("/invii")
def sending():
    """Show it all."""
    if not operating.can_operate(current_actor()):
        raise NotAllowed(N_("You are not allowed to do this."))
    return show("administration/sending.html", page=_page(), form=SubmitForm(formdata=None))


@blueprint.post("/invii")
def operate():
    """Do what the button says."""
    verb, _colon, what = request.form.get("act", "").partition(":")
    with transaction():
        told = _ACTS.get(verb, _nothing)(what)
    if told:
        flash(told, "success")
    return redirect(url_for("administration.sending"))


def _page() -> SendingPage:
    now = figures.collect()
    pauses = tuple(PauseItem(one.domain, _(REASONS.get(one.reason, one.reason)), one.since, one.until) for one in now.pauses)
    return SendingPage(
        figures=now,
        alarms=tuple(_(alarms.WHAT_TO_DO[alarm]) for alarm in alarms.alarms_of(now)),
        oldest=_ago(now.oldest_due) if now.oldest_due else "-",
        sent=now.ended.get(DeliveryState.SENT, 0),
        failed=now.ended.get(DeliveryState.FAILED, 0),
        returned=sum(now.returned.values()),
        heartbeats=tuple((_(PARTS.get(name, name)), _ago(age), age <= alarms.SILENT) for name, age in now.heartbeats.items()),
        pauses=pauses,
        is_stopped=any(one.domain == ALL for one in pauses),
        troubles=tuple(_item(row) for row in figures.list_troubles()),
        queues=queue_lengths(),
    )


def _item(row: TroubleGroup) -> TroubleItem:
    label, tone = STATES[row.state]
    key = "|".join((row.state.value, row.kind, str(row.code or ""), row.error))
    can_retry = row.state is not DeliveryState.BOUNCED and row.in_time > 0
    return TroubleItem(row, _(label), tone, key, can_retry, row.state is DeliveryState.HELD)


def _ago(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    if seconds < 120:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    return ngettext("%(num)s minute", "%(num)s minutes", seconds // 60)


def _group(key: str) -> operating.Group | None:
    """Return the group that a button named, or None where it names none."""
    parts = key.split("|", 3)
    if len(parts) != 4 or parts[0] not in {state.value for state in STATES} or not (parts[2] == "" or parts[2].isdecimal()):
        return None
    code = int(parts[2]) if parts[2] else None
    return None if code is not None and code > 999 else operating.Group(DeliveryState(parts[0]), parts[1], code, parts[3])


def _stop(_what: str) -> str:
    operating.stop_sending(current_actor())
    return _("Nothing is sent from now on. What is due waits.")


def _go_on(domain: str) -> str:
    return _("Sending goes on.") if operating.go_on(current_actor(), domain) else ""


def _again(key: str) -> str:
    group = _group(key)
    count = operating.try_again(current_actor(), group) if group else 0
    return ngettext("%(num)s mail leaves again.", "%(num)s mails leave again.", count) if count else ""


def _drop(key: str) -> str:
    group = _group(key)
    count = operating.drop(current_actor(), group) if group else 0
    return ngettext("%(num)s mail will not be sent.", "%(num)s mails will not be sent.", count) if count else ""


def _nothing(_what: str) -> str:
    return ""


_ACTS = {"ferma": _stop, "riprendi": _go_on, "ritenta": _again, "lascia": _drop}
