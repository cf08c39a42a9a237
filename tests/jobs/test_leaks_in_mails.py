"""The mails about minors: what is theirs goes to them and to who answers for them, and never stands in a subject."""

from __future__ import annotations

from datetime import timedelta

from civic.activities.services import answering, cancelling, deciding, moving
from civic.activities.types import EntryMode
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.db import writing
from tests import factories as make
from tests.factories import NOW

BIRTHS = (make.THIRTEEN, make.SIXTEEN, make.SIXTEEN)


def _minor(number: int, opening) -> tuple:
    """Sign a minor up who has words of their own and a guardian of their own; return all three."""
    guardian = make.account(name=f"Adulto{number}")
    child, actor, public_id = make.signed_up(opening, BIRTHS[number], guardian_id=guardian.id, joins_queue=True)
    child.given_name, child.family_name = f"Zqgiven{number}", f"Zqfamily{number}"
    child.phone, child.email = f"+39 051 7788{number}", f"zqmail{number}@example.org"
    writing().flush()
    return child, actor, public_id, guardian


def test_the_mails_about_minors_reach_only_who_may_read_them(write, sink, rows):
    def town():
        activity, opening, coordinator = make.published(capacity=1, meetings=2, entry_mode=EntryMode.APPROVAL)
        adult = make.signed_up(opening)
        return activity, opening, coordinator, adult, [_minor(number, opening) for number in range(3)]

    activity, _, coordinator, adult, minors = write(town)
    sweep.sweep()
    write(deciding.approve_signup, coordinator, minors[1][2])
    sweep.sweep()
    write(answering.cancel_signup, minors[0][1], minors[0][2])
    write(deciding.decline_signup, coordinator, minors[2][2])
    write(answering.cancel_signup, adult[1], adult[2])
    sweep.sweep()
    meeting = rows("SELECT public_id, starts_at, ends_at FROM occurrence ORDER BY id LIMIT 1")[0]
    week = timedelta(days=7)
    write(moving.move_occurrence, coordinator, meeting.public_id, meeting.starts_at + week, meeting.ends_at + week, None, 0)
    sweep.sweep()
    write(cancelling.cancel_activity, coordinator, activity.public_id, "Manca la sala.")
    with clock.frozen(NOW + timedelta(hours=26)):
        sweep.sweep()
    assert len(sink.mails) >= 8
    # A net that catches nothing proves nothing: those who answer for a minor did read the name.
    assert any("Zqgiven1" in mail.text for mail in sink.to(minors[1][3].email))
    for child, _, _, guardian in minors:
        for mail in sink.mails:
            shown = mail.text + mail.html + "".join(mail.calendars)
            assert child.given_name not in mail.subject and child.phone not in shown
            if mail.recipient not in (child.email, guardian.email):
                assert not [word for word in (child.given_name, child.family_name, child.email) if word in shown], mail.subject
