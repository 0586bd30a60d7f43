"""A volunteer who was rightly recognised has an outcome of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0009_searched_by_no_power"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="alertoutcome",
            name="alert_outcome_known",
        ),
        migrations.AlterField(
            model_name="alertoutcome",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("arrest", "arrest"),
                    ("conditions_compliant", "conditions_compliant"),
                    ("conditions_breached", "conditions_breached"),
                    ("safeguarded", "safeguarded"),
                    ("safe_not_disclosed", "safe_not_disclosed"),
                    ("voluntary", "voluntary"),
                    ("summons_or_report", "summons_or_report"),
                    ("released_identity_wrong", "released_identity_wrong"),
                    ("no_longer_wanted", "no_longer_wanted"),
                    ("not_located", "not_located"),
                    ("not_engaged", "not_engaged"),
                    ("test_subject_recognised", "test_subject_recognised"),
                ],
                max_length=32,
            ),
        ),
        migrations.AddConstraint(
            model_name="alertoutcome",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "outcome__in",
                        [
                            "arrest",
                            "conditions_compliant",
                            "conditions_breached",
                            "safeguarded",
                            "safe_not_disclosed",
                            "voluntary",
                            "summons_or_report",
                            "released_identity_wrong",
                            "no_longer_wanted",
                            "not_located",
                            "not_engaged",
                            "test_subject_recognised",
                        ],
                    )
                ),
                name="alert_outcome_known",
            ),
        ),
    ]
