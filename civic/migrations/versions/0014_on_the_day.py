"""on the day of a meeting: every mark is kept as it was made

Revision: 0014, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATES = ("present", "late", "left_early", "excused", "absent")


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
        sa.Column("device", sa.Text()),
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


def downgrade() -> None:
    op.drop_table("attendance_event")
