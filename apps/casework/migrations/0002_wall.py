"""The wall around casework. What came in stays as it was entered; where a case stands is written on."""

from django.db import migrations

from apps.core.rls import restrict, same_force, tenant_policy

ADDED_TO = (
    "casework_hoursversion",
    "casework_hoursline",
    "casework_arrestresult",
    "casework_casestep",
    "casework_nonestatement",
)
# Columns of a case that a later step may change.
MOVES = {
    "casework_complaint": "state, closed_at",
    "casework_databreach": (
        "state, closed_at, risk, ico_told_at, ico_reason, people_told, people_reason, measures"
    ),
    "casework_rightsrequest": "state, closed_at, answered_on, answer",
}
COUNTER = "casework_casecounter"
OF_DEPLOYMENT = ("casework_hoursversion", "casework_arrestresult", "casework_nonestatement", *MOVES)


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0001_initial"),
        ("deployments", "0011_kinds_of_pauses"),
        ("forces", "0002_wall"),
    ]

    operations = [
        *(tenant_policy(table) for table in (*ADDED_TO, *MOVES, COUNTER)),
        # DELETE is for the retention rule alone: nothing else in the app deletes.
        *(restrict(table, "SELECT", "INSERT", "DELETE") for table in ADDED_TO),
        *(
            restrict(table, "SELECT", "INSERT", "DELETE", f"UPDATE ({columns})")
            for table, columns in MOVES.items()
        ),
        restrict(COUNTER, "SELECT", "INSERT", "UPDATE"),
        same_force("casework_hoursline", "version_id", "casework_hoursversion"),
        *(same_force(table, "deployment_id", "deployments_deployment") for table in OF_DEPLOYMENT),
    ]
