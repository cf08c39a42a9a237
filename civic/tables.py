"""Every table of the house, imported so that migrations and tests see the whole schema."""

from civic.accounts import models as accounts
from civic.activities import blocks, calls, on_the_day, reminder_rule, siblings, ways_in
from civic.activities import models as activities
from civic.announcements import models as announcements
from civic.audit import models as audit
from civic.care import models as care
from civic.certificates import models as certificates
from civic.initiatives import models as initiatives
from civic.kernel import submit_once
from civic.kernel.db import Base
from civic.notifications import models as notifications
from civic.organisations import models as organisations
from civic.outbox import models as outbox
from civic.programme import models as programme
from civic.safeguarding import models as safeguarding

__all__ = [
    "Base",
    "accounts",
    "activities",
    "announcements",
    "audit",
    "blocks",
    "calls",
    "care",
    "certificates",
    "initiatives",
    "notifications",
    "on_the_day",
    "organisations",
    "outbox",
    "programme",
    "reminder_rule",
    "safeguarding",
    "siblings",
    "submit_once",
    "ways_in",
]
