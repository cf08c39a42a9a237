"""Whatever people, guardians and coordinators do in whatever order, and whatever fails: the law of places holds.

A machine plays stories through the services on the real database, with crashes in between and a sweep that comes late or
never, and looks after each step whether anything is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test

from civic.accounts.models import Link
from civic.accounts.services import links
from civic.accounts.services.people import PersonDetails
from civic.accounts.types import LinkPurpose
from civic.activities import rules
from civic.activities.models import Signup
from civic.activities.queries import facts
from civic.activities.queries.counting import list_wrong_counts
from civic.activities.services import (
    answering,
    cancelling,
    capacity,
    correcting,
    deciding,
    moving,
    referrals,
    reserving,
    withdrawing,
)
from civic.activities.services.authorising import Answer, Given, answer_by_link
from civic.activities.services.confirming import confirm_address, refuse_address
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.paper import Sheet, record_paper
from civic.activities.services.second_guardian import Second
from civic.activities.services.signing_together import Together, sign_up_together
from civic.activities.types import EntryMode
from civic.jobs import sweep
from civic.kernel import clock
from civic.kernel.db import bound_to, db, session, transaction
from civic.kernel.errors import DomainError
from civic.kernel.ids import new_public_id
from civic.outbox import draining
from tests import factories as make

NO = Answer(False)
AGES = {"adult": make.ADULT, "young": make.SIXTEEN, "child": make.THIRTEEN}
ages, either = st.sampled_from(sorted(AGES)), st.booleans()

_LACKS = """(SELECT count(*) FROM authorisation h WHERE h.signup_id = s.id AND h.answer = 'granted' AND h.withdrawn_at IS NULL)
       < (SELECT a.authorisations_needed FROM activity a WHERE a.id = s.activity_id)
   AND NOT EXISTS (SELECT FROM authorisation h WHERE h.signup_id = s.id AND h.is_sole AND h.withdrawn_at IS NULL)"""
# Nobody among them has a birthday that matters: whoever is confirmed and under 18 has every yes that is asked for.
_BROKEN = sa.text(f"""
SELECT 'confirmed without a yes', s.id FROM signup s
 WHERE s.state = 'confirmed' AND s.needs_authorisation AND {_LACKS}
UNION ALL SELECT 'one guardian for both', s.id FROM signup s JOIN authorisation h ON h.signup_id = s.id
 WHERE h.answer = 'granted' AND h.withdrawn_at IS NULL GROUP BY s.id HAVING count(*) > count(DISTINCT h.guardian_id)
UNION ALL SELECT 'a minor who needs nobody', s.id FROM signup s JOIN person w ON w.id = s.person_id
 WHERE w.birth_on > '2009-01-01' AND NOT s.needs_authorisation
UNION ALL SELECT 'offered without an offer', s.id FROM signup s
 WHERE s.state = 'offered' AND NOT EXISTS (SELECT FROM offer f WHERE f.signup_id = s.id AND f.answer IS NULL)
UNION ALL SELECT 'an offer to nobody', f.id FROM offer f JOIN signup s ON s.id = f.signup_id
 WHERE f.answer IS NULL AND s.state <> 'offered'
UNION ALL SELECT 'asked about what is over', h.id FROM authorisation h JOIN signup s ON s.id = h.signup_id
 WHERE h.answer IS NULL AND s.state IN ('declined', 'cancelled')
UNION ALL SELECT 'told before the click', n.id FROM notification n JOIN signup s ON s.id = n.subject_id
 WHERE n.subject_type = 'signup' AND s.awaits_click AND n.kind <> 'address_confirmation'
UNION ALL SELECT 'a child is told', n.id FROM notification n JOIN signup s ON s.id = n.subject_id
  JOIN person w ON w.id = s.person_id
 WHERE n.subject_type = 'signup' AND n.recipient_id = w.id AND w.birth_on > '2012-12-31'
UNION ALL SELECT 'drawn and still asking', s.id FROM signup s JOIN opening x ON x.id = s.opening_id
 WHERE s.state = 'requested' AND x.drawn_at IS NOT NULL
UNION ALL SELECT 'a place before the draw', s.id FROM signup s JOIN opening x ON x.id = s.opening_id
  JOIN activity a ON a.id = s.activity_id AND a.entry_mode = 'draw'
 WHERE x.drawn_at IS NULL AND s.state IN ('unconfirmed', 'pending_guardian', 'confirmed', 'offered', 'waiting')
UNION ALL SELECT 'overtaken in the draw', s.id FROM draw_entry e JOIN signup s ON s.id = e.signup_id AND s.state = 'waiting'
  JOIN draw_entry later ON later.opening_id = e.opening_id AND later.rank > e.rank
  JOIN signup l ON l.id = later.signup_id AND l.state = 'waiting' AND l.joined_at < s.joined_at
 WHERE NOT EXISTS (SELECT FROM offer f WHERE f.signup_id = s.id)
UNION ALL SELECT 'siblings apart', n.first_id FROM sibling n JOIN signup s ON s.id = n.signup_id
 WHERE s.state IN ('waiting', 'offered') GROUP BY n.first_id HAVING count(DISTINCT s.state) > 1
UNION ALL SELECT 'an event failed', e.id FROM outbox_event e WHERE e.attempts > 0 AND e.done_at IS NULL
""")
_RAN_OUT = sa.text("SELECT id FROM signup WHERE hold_until <= :now AND state NOT IN ('declined', 'cancelled', 'expired')")
_SERVED = sa.text(f"""
SELECT s.id FROM signup s
 WHERE s.opening_id = :opening_id AND s.state = 'waiting' AND NOT s.awaits_click
   AND NOT (s.needs_authorisation AND {_LACKS})
   AND NOT EXISTS (SELECT FROM sibling n JOIN sibling m ON m.first_id = n.first_id AND m.signup_id <> n.signup_id
                     JOIN signup o ON o.id = m.signup_id AND o.state = 'waiting' WHERE n.signup_id = s.id)
""")


class Story(RuleBasedStateMachine):
    """One workshop, and whatever happens to it. `app` is set by the test."""

    app = None
    signups = Bundle("signups")

    def __init__(self) -> None:
        super().__init__()
        self.stack, self.now = ExitStack(), make.NOW
        self.stack.enter_context(self.app.app_context())
        opened = self.stack.enter_context(db.engine.execution_options(isolation_level="READ COMMITTED").connect())
        outer = opened.begin()
        self.stack.callback(outer.rollback)
        self.stack.enter_context(bound_to(opened))

    def teardown(self) -> None:
        """Empty the outbox, look once more, and undo everything."""
        with suppress(AttributeError), self.stack:
            with clock.frozen(self.now):
                draining.drain()
            self.nothing_is_broken()

    def act(self, do: Callable, *args, **kwargs):
        """Do something as a request would: in one transaction, and a rule that says no undoes all of it."""
        with clock.frozen(self.now):
            try:
                with transaction():
                    return do(*args, **kwargs)
            except DomainError:
                return None

    @initialize(size=st.integers(1, 2), mode=st.sampled_from(EntryMode), late=either, keeps=either, needed=st.integers(1, 2))
    def publish(self, size, mode, late, keeps, needed):
        draws = {"draw_at": self.now + timedelta(days=2)} if mode is EntryMode.DRAW else {}
        self.activity, self.opening, self.coordinator = self.act(
            make.published, capacity=size, meetings=2, entry_mode=mode, late_entry=late, authorisations_needed=needed, **draws
        )
        self.needed, self.families = needed, {}
        if keeps:
            self.keep_places(1, 72)

    @rule(count=st.integers(0, 2), hours=st.sampled_from([24, 72, 24 * 9]))
    def keep_places(self, count, hours):
        until = self.now + timedelta(hours=hours)
        self.act(lambda: reserving.keep_places(self.coordinator, self.opening.public_id, (count, False), until))

    @rule(target=signups, who=ages, queues=either, sent=either)
    def sign_up(self, who, queues, sent):
        def do():
            guardian = {} if who == "adult" else {"guardian_id": make.account().id}
            if sent:
                referral = referrals.make(self.coordinator, self.activity.public_id, "Scuola", "Accordo")
                guardian["referral"] = referrals.token_of(referral)
            return make.signed_up(self.opening, AGES[who], joins_queue=queues, **guardian)[2]

        return self._one(self.act(do))

    @rule(target=signups, who=ages, queues=either, has_parent=either)
    def newcomer(self, who, queues, has_parent):
        def do():
            number = new_public_id()
            child = who == "child"
            person = PersonDetails(
                f"Nome{number}", "" if child and not has_parent else "Neri", AGES[who], None if child else f"{number}@example.org"
            )
            parent = PersonDetails("Ada", "Neri", None, f"p{number}@example.org") if child and has_parent else None
            asked = f"g{number}@example.org" if who != "adult" and parent is None else None
            form = Newcomer(person, "informativa", guardian_email=asked, guardian=parent, authorisation_text="testo")
            return sign_up_newcomer(self.opening.public_id, form, new_public_id(), joins_queue=queues)

        return self._one(self.act(do))

    @rule(target=signups, all_or_none=either, count=st.integers(2, 3))
    def siblings(self, all_or_none, count):
        def do():
            children = [make.person(make.THIRTEEN) for _ in range(count)]
            parent = make.guardian_of(*children)
            given, second = Given(parent.person_id, "testo"), make.account().id if self.needed == 2 else None
            ids = [child.id for child in children]
            asked = Together(self.opening.public_id, ids, new_public_id(), all_or_none, given, second)
            found = sign_up_together(parent, asked)
            self.families |= dict.fromkeys(found, parent)
            return found

        return multiple(*(self.act(do) or ()))

    @rule(signup=signups, what=st.sampled_from(["cancel_signup", "accept_offer", "keep_waiting"]))
    def parent_answers(self, signup, what):
        if signup in self.families:
            self.act(getattr(answering, what), self.families[signup], signup)

    @staticmethod
    def _one(signup):
        """Only who has a sign-up goes on in the story."""
        return multiple() if signup is None else signup

    @rule(signup=signups, confirms=either, alone=either)
    def click(self, signup, confirms, alone):
        second = self._second(alone)
        do = (lambda token: confirm_address(token, second)) if confirms else refuse_address
        self._by_link(signup, LinkPurpose.CONFIRM_SIGNUP, do)

    @rule(signup=signups, says=either, alone=either)
    def guardian_answers(self, signup, says, alone):
        consent = {"is_adult_with_responsibility": True, "consent_text": "informativa"}
        yes = Answer(True, f"Ada {new_public_id()}", "testo", **consent, second=self._second(alone))
        self._by_link(signup, LinkPurpose.AUTHORISATION, lambda token: answer_by_link(token, yes if says else NO))

    @staticmethod
    def _second(alone):
        return Second(is_sole=True) if alone else Second(f"s{new_public_id()}@example.org")

    @rule(signup=signups)
    def another_is_asked(self, signup):
        self.act(correcting.correct_guardian, self._person_of(signup), signup, f"c{new_public_id()}@example.org")

    def _by_link(self, signup, purpose, do):
        subject = sa.text("SELECT s.id FROM signup s WHERE s.public_id = :id UNION ALL SELECT h.id FROM authorisation h "
                          "JOIN signup s ON s.id = h.signup_id WHERE s.public_id = :id")
        newest = sa.select(Link.id).where(Link.purpose == purpose).order_by(Link.id.desc()).limit(1)
        link = session().scalar(newest.where(Link.subject_id.in_(session().scalars(subject, {"id": signup}).all() or [-1])))
        if link is not None:
            self.act(lambda: do(links.token_of(link)))

    @rule(signup=signups)
    def guardian_withdraws(self, signup):
        self.act(withdrawing.withdraw_authorisation, self._guardian_of(signup), signup)

    @rule(signup=signups, what=st.sampled_from(["cancel_signup", "accept_offer", "keep_waiting", "take_free_place"]))
    def person_answers(self, signup, what):
        self.act(getattr(answering, what), self._person_of(signup), signup)

    @rule(signup=signups, what=st.sampled_from(["approve", "decline", "remove", "paper"]))
    def organisation_decides(self, signup, what):
        sheet = Sheet("Ada", new_public_id(), "testo", "informativa", phone="+393331234567")
        does = {
            "approve": lambda: deciding.approve_signup(self.coordinator, signup),
            "decline": lambda: deciding.decline_signup(self.coordinator, signup),
            "remove": lambda: deciding.remove_signup(self.coordinator, signup, "motivo"),
            "paper": lambda: record_paper(self.coordinator, signup, sheet),
        }
        self.act(does[what])

    @rule(size=st.integers(1, 4))
    def change_places(self, size):
        self.act(lambda: capacity.change_capacity(self.coordinator, self.opening.public_id, 0, size))

    @rule(number=st.integers(0, 1), days=st.integers(-12, 12).filter(bool))
    def move_meeting(self, number, days):
        def do():
            meeting, by = make.occurrences_of(self.activity)[number], timedelta(days=days)
            when = meeting.starts_at + by, meeting.ends_at + by
            moving.move_occurrence(self.coordinator, meeting.public_id, *when, None, meeting.version)

        self.act(do)

    @rule(number=st.integers(0, 7))
    def cancel_meeting(self, number):
        def do():
            meetings = make.occurrences_of(self.activity)
            if number < len(meetings):
                moving.cancel_occurrence(self.coordinator, meetings[number].public_id, "motivo")

        self.act(do)

    @rule(sure=st.integers(0, 9))
    def cancel_activity(self, sure):
        if sure == 0:
            self.act(cancelling.cancel_activity, self.coordinator, self.activity.public_id, "motivo")

    @rule(hours=st.sampled_from([1, 3, 26, 49, 80, 24 * 8]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule()
    def sweep_comes(self):
        with clock.frozen(self.now):
            sweep.draw_all()
            sweep.end_all_reserves()
            sweep.open_near_start()
            sweep.end_all_holds()
            sweep.end_all_at_start()
            sweep.end_all_unanswered()
            draining.drain()
            assert session().scalars(_RAN_OUT, {"now": self.now}).all() == [], "a hold outlived its time"
            self._nobody_waits_beside_a_free_place()

    @rule(who=ages)
    def crash(self, who):
        before = session().execute(sa.select(sa.func.count(Signup.id), sa.func.max(Signup.id))).one()
        with clock.frozen(self.now), suppress(DomainError, ZeroDivisionError), transaction():
            guardian = {} if who == "adult" else {"guardian_id": make.account().id}
            make.signed_up(self.opening, AGES[who], joins_queue=True, **guardian)
            raise ZeroDivisionError
        assert session().execute(sa.select(sa.func.count(Signup.id), sa.func.max(Signup.id))).one() == before

    @invariant()
    def nothing_is_broken(self):
        if hasattr(self, "opening"):
            assert list_wrong_counts() == []
            assert session().execute(_BROKEN).all() == []

    def _nobody_waits_beside_a_free_place(self):
        opening = facts.get_opening(self.opening.id)
        if opening.is_full or opening.activity_state != "published":
            return
        if rules.offer_deadline(self.now, opening, 48) is not None:
            assert session().scalars(_SERVED, {"opening_id": opening.id}).all() == [], "a wake-up was lost"

    def _person_of(self, signup):
        return make.actor_of(session().get(make.Person, facts.find_signup(signup).person_id))

    def _guardian_of(self, signup):
        found = sa.text("SELECT h.guardian_id FROM authorisation h JOIN signup s ON s.id = h.signup_id WHERE s.public_id = :id")
        guardian = session().scalars(found, {"id": signup}).first()
        return make.actor_of(session().get(make.Person, guardian)) if guardian else make.SYSTEM


def play(app, examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    """Play so many stories; the first that breaks something is told as short as it can be, unless `phases` say otherwise."""
    Story.app = app
    how = settings(
        max_examples=examples,
        phases=phases,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=examples < 1000,
        database=None,
    )
    run_state_machine_as_test(Story, settings=how)


def test_no_story_breaks_the_law_of_places(app, is_full, keeps):
    examples, breaches = 2000 if is_full else 100, 1
    try:
        play(app, examples)
        breaches = 0
    finally:
        keeps("P4", f"breaches of the law of places in {examples} stories", breaches, 0)
