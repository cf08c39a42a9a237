"""on the day of a meeting: every mark is kept as it was made, and who went home with whom

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STATES = ("present", "late", "left_early", "excused", "absent")
_WAYS = ("alone", "named_adult", "other_adult")


def upgrade() -> None:
    op.create_table(
        "attendance_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("occurrence_id", sa.BigInteger(), sa.ForeignKey("occurrence.id"), nullable=False),
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), nullable=False),
        sa.Column("state", sa.Enum(*_STATES, name="state", native_enum=False, create_constraint=True, length=40)),
        sa.Column("minutes", sa.SmallInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.Uuid()),
        sa.Column("seen_id", sa.BigInteger()),
        sa.Column("recorded_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
    )
    op.create_index("ix_attendance_event_occurrence_id", "attendance_event", ["occurrence_id", "signup_id", "at"])
    for column in ("signup_id", "recorded_by_id"):
        op.create_index(f"ix_attendance_event_{column}", "attendance_event", [column])
    op.execute(
        "CREATE TRIGGER attendance_event_append_only BEFORE UPDATE ON attendance_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    # What was marked until now are the first events, so that "the later counts" is decided from one table.
    op.execute("""
        INSERT INTO attendance_event (event_id, occurrence_id, signup_id, state, minutes, at, received_at, recorded_by_id)
        SELECT gen_random_uuid(), occurrence_id, signup_id, state, minutes, recorded_at, recorded_at, recorded_by_id
          FROM attendance ORDER BY recorded_at, id""")
    op.create_table(
        "departure",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("occurrence_id", sa.BigInteger(), sa.ForeignKey("occurrence.id"), nullable=False),
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), nullable=False),
        sa.Column("way", sa.Enum(*_WAYS, name="way", native_enum=False, create_constraint=True, length=40)),
        sa.Column("collected_by", sa.LargeBinary()),
        sa.Column("reason", sa.LargeBinary()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
    )
    op.create_index("ix_departure_occurrence_id", "departure", ["occurrence_id", "signup_id", "at"])
    for column in ("signup_id", "recorded_by_id"):
        op.create_index(f"ix_departure_{column}", "departure", [column])


def downgrade() -> None:
    op.drop_table("departure")
    op.drop_table("attendance_event")
