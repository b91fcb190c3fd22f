from __future__ import annotations

from typing import Any

import django.contrib.postgres.constraints
from django.db import migrations, models


def leave_states_that_end(apps: Any, _schema_editor: Any) -> None:
    """Nothing ever wrote these two; a row that somebody typed must not keep its time."""
    meetings = apps.get_model("conversations", "Meeting").objects
    meetings.filter(state__in=["held", "expired"]).update(state="released")
    # Times that only staff looked at are no longer stored.
    apps.get_model("conversations", "SlotOffer").objects.filter(to_lead=False).delete()


class Migration(migrations.Migration):
    dependencies = [("conversations", "0004_offers_to_leads")]

    operations = [
        migrations.RunPython(leave_states_that_end, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("meeting", "meeting_no_overlap"),
        migrations.RemoveConstraint("meeting", "meeting_one_hold"),
        migrations.RemoveIndex("meeting", "meeting_holds"),
        # The processes of before run on until the new ones are up, and write this column: a later
        # release drops it, `ALTER TABLE conversations_slotoffer DROP COLUMN IF EXISTS to_lead`.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterField(
                    "slotoffer", "to_lead", models.BooleanField(default=True, db_default=True)
                )
            ],
            state_operations=[migrations.RemoveField("slotoffer", "to_lead")],
        ),
        migrations.AlterField(
            model_name="meeting",
            name="state",
            field=models.CharField(
                choices=[
                    ("booking", "Being booked"),
                    ("confirmed", "Confirmed"),
                    ("over", "Outcome missing"),
                    ("released", "Released"),
                    ("cancelled", "Cancelled"),
                    ("rescheduled", "Moved to another time"),
                    ("completed", "Took place"),
                    ("no_show", "No-show"),
                ],
                max_length=12,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                name="meeting_no_overlap",
                condition=models.Q(("state__in", ["booking", "confirmed"])),
                expressions=[
                    (
                        models.Func(
                            models.F("salesperson_id"),
                            models.F("salesperson_id"),
                            models.Value("[]"),
                            function="int8range",
                        ),
                        "&&",
                    ),
                    ("during", "&&"),
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                name="meeting_one_booking",
                condition=models.Q(("state", "booking")),
                fields=("lead",),
            ),
        ),
    ]
