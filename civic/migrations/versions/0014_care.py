"""care: health notes, who collects a child, image releases, who read them, and what the nights deleted

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_APPEND_ONLY = (
    "CREATE TRIGGER care_viewing_append_only BEFORE UPDATE OR DELETE ON care_viewing FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER care_viewing_no_truncate BEFORE TRUNCATE ON care_viewing FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def _record(**options) -> sa.Column:
    kinds = sa.Enum("health", "collection", "images", name="record", native_enum=False, create_constraint=True, length=40)
    return sa.Column("record", kinds, nullable=False, **options)


def upgrade() -> None:
    op.create_table(
        "health_question",
        sa.Column(
            "activity_id", sa.BigInteger(), sa.ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cardinality(needs) > 0", name="needs"),
    )
    op.create_index("ix_health_question_asked_by_id", "health_question", ["asked_by_id"])
    op.create_table(
        "care_consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), nullable=False),
        _record(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_by_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_care_consent_given_by_id", "care_consent", ["given_by_id"])
    op.create_index("ix_care_consent_signup_id", "care_consent", ["signup_id", "record"])
    standing = sa.text("withdrawn_at IS NULL")
    op.create_index("uq_care_consent_standing", "care_consent", ["signup_id", "record"], unique=True, postgresql_where=standing)
    _notes("health_note", *(sa.Column(name, sa.LargeBinary()) for name in ("allergies", "medication", "support")))
    _notes("collection_note", *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("leaves_alone", "adults")))
    _notes("image_release", sa.Column("channels", sa.LargeBinary(), nullable=False), sa.Column("until", sa.Date(), nullable=False))
    _log_and_figures()


def _notes(table: str, *columns: sa.Column) -> None:
    op.create_table(
        table,
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), primary_key=True, autoincrement=False),
        sa.Column("consent_id", sa.BigInteger(), sa.ForeignKey("care_consent.id"), nullable=False),
        *columns,
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(f"ix_{table}_consent_id", table, ["consent_id"])


def _log_and_figures() -> None:
    op.create_table(
        "care_viewing",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        _record(),
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), nullable=False),
        sa.Column("viewer_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_full", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_care_viewing_signup_id", "care_viewing", ["signup_id", "viewed_at"])
    for column in ("viewer_id", "viewed_at"):
        op.create_index(f"ix_care_viewing_{column}", "care_viewing", [column])
    for statement in _APPEND_ONLY:
        op.execute(statement)
    op.create_table(
        "erasure_count",
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), primary_key=True, autoincrement=False),
        _record(primary_key=True),
        sa.Column("erased_on", sa.Date(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count > 0", name="count"),
    )
    op.create_index("ix_erasure_count_erased_on", "erasure_count", ["erased_on"])


def downgrade() -> None:
    for table in (
        "erasure_count", "care_viewing", "image_release", "collection_note", "health_note", "care_consent", "health_question"
    ):
        op.drop_table(table)
