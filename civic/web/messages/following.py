"""What one wants to hear of: kinds of activity, quartieri, organisations, and how often."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from wtforms import RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from civic.activities.types import ActivityKind
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.errors import DomainError, NotFound
from civic.kernel.i18n import N_, _
from civic.notifications import following, preferences
from civic.notifications.topics import Subject, Topic
from civic.notifications.types import Category, Mode
from civic.organisations.queries import OrganisationRow, get_public
from civic.programme.queries import list_quartieri
from civic.web.forms import SubmitForm
from civic.web.messages import pages
from civic.web.messages.views import blueprint
from civic.web.personal.area import build_area
from civic.web.signing_in import current_actor

KINDS = {
    ActivityKind.WORKSHOP: N_("Workshops"),
    ActivityKind.VOLUNTEERING: N_("Volunteering"),
    ActivityKind.TRAINING: N_("Training"),
    ActivityKind.PUBLIC_EVENT: N_("Events"),
}
MODES = {
    Mode.WEEKLY: (N_("Once a week"), N_("On Monday morning, everything in one email")),
    Mode.DAILY: (N_("Once a day"), N_("At eight in the morning, only when there is something")),
    Mode.NOW: (N_("At once"), N_("One email for each new thing")),
    Mode.OFF: (N_("No emails"), N_("You find it among your messages on the site")),
}


def _boxes(label: str) -> SelectMultipleField:
    return SelectMultipleField(label, choices=[], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))


class FollowForm(SubmitForm):
    """Everything that somebody follows, as boxes with a tick."""

    kinds = _boxes(N_("What"))
    quartieri = _boxes(N_("Where"))
    organisations = _boxes(N_("Organisations"))
    mode = RadioField(
        N_("How often shall we write?"),
        [InputRequired(N_("Choose one."))],
        choices=[SelectChoice(mode.value, label, {"hint": hint}) for mode, (label, hint) in MODES.items()],
    )

    def chosen(self) -> set[Topic]:
        """Return what has a tick."""
        return {Topic(subject, value) for subject, field in self._boxes() for value in field.data or ()}

    def offered(self) -> set[Topic]:
        """Return what has a box."""
        return {Topic(subject, value) for subject, field in self._boxes() for value, _label in field.choices}

    def _boxes(self) -> tuple[tuple[Subject, SelectMultipleField], ...]:
        return (
            (Subject.KIND, self.kinds),
            (Subject.QUARTIERE, self.quartieri),
            (Subject.ORGANISATION, self.organisations),
        )


@blueprint.route("/area-personale/seguiti", methods=["GET", "POST"])
def followed():
    """Show what the person follows and change it; `organizzazione` is one that they have just found and may add."""
    actor = current_actor()
    form = _form(actor)
    if form.validate_on_submit():
        try:
            with transaction():
                _save(actor, form)
            flash(_("Saved. It holds from now on."), "success")
            return redirect(url_for("messages.followed"))
        except DomainError as error:
            form.apply(error)
    page = pages.FollowedPage(build_area(actor), has_organisations=bool(form.organisations.choices))
    return render_template("messages/followed.html", page=page, form=form), 422 if form.errors else 200


def _form(actor: Actor) -> FollowForm:
    """Return the form as things stand, with a tick more for what was just found."""
    topics = following.list_topics(actor)
    organisations = {one.topic.key: one.name for one in following.list_followed(actor, Subject.ORGANISATION)}
    found = _found(request.args.get("organizzazione", "")[:80])
    if found is not None:
        organisations[str(found.id)] = found.name
        topics |= {Topic(Subject.ORGANISATION, str(found.id))}
    mode = preferences.modes_of(actor.person_id)[Category.NEWS]
    form = FollowForm(
        data={
            "kinds": _keys(topics, Subject.KIND),
            "quartieri": _keys(topics, Subject.QUARTIERE),
            "organisations": _keys(topics, Subject.ORGANISATION),
            "mode": mode.value,
        }
    )
    form.kinds.choices = [(kind.value, label) for kind, label in KINDS.items()]
    form.quartieri.choices = [(str(one.id), one.name) for one in list_quartieri()]
    form.organisations.choices = list(organisations.items())
    return form


def _found(slug: str) -> OrganisationRow | None:
    """Return the organisation whose page led here, or None."""
    try:
        return get_public(slug) if slug else None
    except NotFound:
        return None


def _keys(topics: set[Topic], subject: Subject) -> list[str]:
    return [topic.key for topic in topics if topic.subject is subject]


def _save(actor: Actor, form: FollowForm) -> None:
    # What is not public just now has no box: it is followed on, for when it comes back.
    before, chosen = form.offered() & following.list_topics(actor), form.chosen()
    following.unfollow(actor, before - chosen)
    following.follow(actor, chosen - before)
    mode = Mode(form.mode.data)
    if mode is not preferences.modes_of(actor.person_id)[Category.NEWS]:
        preferences.choose(actor.person_id, Category.NEWS, mode)
