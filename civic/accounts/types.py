"""Words of accounts: purposes of links and consents."""

from __future__ import annotations

from enum import StrEnum

ACCOUNT_AGE = 14
"""Age from which a young person may have an account of their own (art. 2-quinquies Codice Privacy)."""

ADULT_AGE = 18


class LinkPurpose(StrEnum):
    """What a mailed link is good for; a link serves one purpose only."""

    CONFIRM_ADDRESS = "confirm_address"
    RESET_PASSWORD = "reset_password"
    CHANGE_ADDRESS = "change_address"
    CONFIRM_SIGNUP = "confirm_signup"
    AUTHORISATION = "authorisation"
    INVITATION = "invitation"
    GUARDIANSHIP = "guardianship"


class ConsentPurpose(StrEnum):
    """What a privacy consent is about."""

    PRIVACY = "privacy"


class Relationship(StrEnum):
    """Why an adult answers for a young person."""

    PARENT = "parent"
    TUTOR = "tutor"
    FOSTER_CARER = "foster_carer"
