from __future__ import annotations

from typing import Any

from django.db import migrations, models


def remember(apps: Any, _schema_editor: Any) -> None:
    """Leads whose meeting still stands: qualified is the last stage before it."""
    leads = apps.get_model("conversations", "Lead").objects
    booked = leads.filter(stage="meeting", meetings__state="confirmed").values("pk")
    leads.filter(pk__in=booked).update(stage_before_meeting="qualified")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_meeting_states")]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="stage_before_meeting",
            # The processes of before run on until the new ones are up, and know nothing of it.
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=20
            ),
        ),
        migrations.RunPython(remember, migrations.RunPython.noop, elidable=True),
    ]
