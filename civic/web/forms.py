"""What every form has: a token, a one-time key, and a place beside the field for what the rules say."""

from __future__ import annotations

from functools import cache

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from wtforms import HiddenField
from wtforms.i18n import get_translations
from wtforms.widgets import HiddenInput

from civic.kernel import submit_once
from civic.kernel.errors import DomainError
from civic.kernel.i18n import _, current_language

_HIDDEN = Markup('<input type="hidden" name="{name}" value="{value}">')
_validator_words = cache(get_translations)


class SubmitForm(FlaskForm):
    """A form that is sent once: `submit_key` names the submission, whatever button, reload or retry sends it."""

    class Meta(FlaskForm.Meta):
        csrf = False
        """The token of every request is judged before its view (`civic/extensions.py`): a form only carries it."""

        def get_translations(self, form):
            """Let the validators of WTForms speak the language of the page."""
            return _validator_words((current_language(),))

    submit_key = HiddenField()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not submit_once.is_key(self.submit_key.data):
            self.submit_key.data = submit_once.new_key()

    def hidden_tag(self) -> Markup:
        """Return what the form carries unseen: token, one-time key, hidden fields."""
        hidden = [(field.name, field._value()) for field in self if isinstance(field.widget, HiddenInput)]
        carried = [("csrf_token", generate_csrf()), *hidden]
        return Markup("\n").join(_HIDDEN.format(name=name, value=value) for name, value in carried)

    @property
    def general_errors(self) -> list[str]:
        """What is wrong with the form as a whole."""
        return list(self.form_errors)

    def apply(self, error: DomainError) -> None:
        """Show what a rule said beside its field, or at the head of the form."""
        text = _(error.message, **error.values)
        field = self._fields.get(error.field) if error.field else None
        if field is None:
            self.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]


def is_submitted() -> bool:
    """Whether this request sends a form."""
    return request.method == "POST"
