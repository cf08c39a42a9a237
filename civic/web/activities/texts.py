"""The exact texts that people consent to and authorise; what was shown is stored with the answer."""

from __future__ import annotations

from civic.kernel.i18n import N_, _

PRIVACY = N_(
    "The Metropolitan City of Bologna and the organisation that runs the activity use name, date of birth and address to "
    "manage this sign-up and to write about it. They are not given to anybody else and are deleted twelve months after the "
    "activity. You can see, correct and delete them at any time."
)
AUTHORISATION = N_(
    "I have parental responsibility for the person signed up, the other parent agrees where there is one, and I authorise "
    "them to take part in “%(title)s” run by %(organisation)s. I can withdraw this at any time."
)


def privacy_text() -> str:
    """Return the notice on data as it is shown now."""
    return _(PRIVACY)


OF_TWO = N_(
    "I have parental responsibility for the person signed up and I authorise them to take part in “%(title)s” run by "
    "%(organisation)s. The other parent is asked as well. I can withdraw this at any time."
)
ALONE = N_("I alone have parental responsibility: there is no other parent to ask")


def authorisation_text(title: str, organisation: str, needed: int = 1, *, is_sole: bool = False) -> str:
    """Return the authorisation as it is shown now: of one guardian for both, of each of two, or of one who is alone."""
    text = _(AUTHORISATION if needed == 1 else OF_TWO, title=title, organisation=organisation)
    return f"{text} {_(ALONE)}." if is_sole else text
