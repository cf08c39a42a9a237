"""A season from a spreadsheet: a look at every row, then all or nothing.

Between the look and the yes the file travels in the page itself; what comes back is read and judged anew, so nothing
that the browser says is trusted.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from wtforms import FileField, HiddenField

from civic.activities.imports import Outcome, Preview, RowPreview, import_activities, preview_import
from civic.activities.sheet import parse_rows, read_sheet
from civic.activities.sheet.reading import MAX_BYTES
from civic.kernel.errors import DomainError
from civic.kernel.i18n import N_, _, ngettext
from civic.organisations.queries import OrganisationRow
from civic.web.desk.blueprint import blueprint, own_to_edit, show
from civic.web.doing import do_once
from civic.web.forms import SubmitForm, is_submitted
from civic.web.limits import count_form
from civic.web.signing_in import current_actor

OUTCOMES = {
    Outcome.NEW: (N_("New"), "success"),
    Outcome.WORDS: (N_("New words"), "info"),
    Outcome.SAME: (N_("As it was"), "neutral"),
    Outcome.WRONG: (N_("To mend"), "danger"),
}


class ImportForm(SubmitForm):
    """A file, or the file that was looked at already."""

    file = FileField(N_("File of the season"), description=N_("CSV or Excel (.xlsx), at most 2 MB."))
    content = HiddenField()
    filename = HiddenField()


@dataclass(frozen=True, slots=True)
class RowItem:
    """A row of the file as the page shows it."""

    line: int
    title: str
    outcome: str
    tone: str
    when: str
    errors: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportPage:
    """What importing the file would do; without rows only `errors`."""

    filename: str
    rows: tuple[RowItem, ...]
    errors: tuple[str, ...]
    summary: str
    can_import: bool
    ignored: tuple[str, ...]


@blueprint.route("/<slug>/importa", methods=["GET", "POST"])
def import_file(slug: str):
    """Look at a file, then import it."""
    row = own_to_edit(slug)
    form = ImportForm()
    page = None
    if is_submitted():
        count_form()
    if form.validate_on_submit() and not (form.content.data or form.file.data):
        form.file.errors = [N_("Choose the file first.")]
    elif form.validate_on_submit():
        content, filename = _content_of(form)
        preview, page = _look(row, content, filename)
        if request.form.get("confirmed") and page.can_import:
            done = _import(row, form, preview)
            if done is not None:
                return done
        form.content.data = base64.b64encode(content).decode() if page.can_import else ""
        form.filename.data = filename
    is_wrong = form.errors or (page is not None and not page.can_import)
    return show("desk/import.html", row, 422 if is_wrong else 200, form=form, page=page)


def _content_of(form: ImportForm) -> tuple[bytes, str]:
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return upload.stream.read(MAX_BYTES + 1), upload.filename[:120]
    try:
        return base64.b64decode(form.content.data or "", validate=True), (form.filename.data or "")[:120]
    except (binascii.Error, ValueError):
        return b"", ""


def _look(row: OrganisationRow, content: bytes, filename: str) -> tuple[Preview, ImportPage]:
    sheet = read_sheet(filename, content)
    preview = preview_import(parse_rows(sheet) if not sheet.errors else [], [row.id], row.id)
    counts = {outcome.value: preview.count(outcome) for outcome in Outcome}
    changes = counts["new"] + counts["words"]
    page = ImportPage(
        filename=filename,
        rows=tuple(_item(one) for one in preview.rows),
        errors=tuple(error.sentence(_) for error in sheet.errors),
        summary=_("%(new)s new, %(words)s with new words, %(same)s unchanged, %(wrong)s with errors.", **counts),
        can_import=preview.can_import and changes > 0,
        ignored=tuple(sheet.ignored),
    )
    return preview, page


def _item(one: RowPreview) -> RowItem:
    label, tone = OUTCOMES[one.outcome]
    count = len(one.draft.occurrences) if one.draft else 0
    return RowItem(
        line=one.line,
        title=one.title,
        outcome=_(label),
        tone=tone,
        when=ngettext("%(num)s meeting", "%(num)s meetings", count) if count else "",
        errors=tuple(error.sentence(_, one.line) for error in one.errors),
        notes=tuple(note.sentence(_, one.line) for note in one.notes),
    )


def _import(row: OrganisationRow, form: ImportForm, preview: Preview):
    written = 0

    def write() -> str:
        nonlocal written
        written = import_activities(current_actor(), preview)
        return url_for("desk.activities", slug=row.slug, stato="bozze")

    try:
        target = do_once(form, write)
    except DomainError as error:
        form.apply(error)
        return None
    flash(_("%(count)s activities written.", count=written) if written else _("This file was imported already."), "success")
    return redirect(target)
