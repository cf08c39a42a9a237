"""who was shown what goes after its time, by the nightly deletion alone

Revision: 0017, after 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TRIGGER care_viewing_append_only ON care_viewing")
    op.execute(
        "CREATE TRIGGER care_viewing_unchanged BEFORE UPDATE ON care_viewing FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER care_viewing_append_only BEFORE DELETE ON care_viewing FOR EACH ROW "
        "WHEN (current_setting('civic.retention', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER care_viewing_unchanged ON care_viewing")
    op.execute("DROP TRIGGER care_viewing_append_only ON care_viewing")
    op.execute(
        "CREATE TRIGGER care_viewing_append_only BEFORE UPDATE OR DELETE ON care_viewing "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
