# The runs of the reconciliation, and which event types recur.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calcom", "0004_proof"),
    ]

    operations = [
        migrations.AddField(
            model_name="eventtype",
            name="is_recurring",
            field=models.BooleanField(default=False, verbose_name="recurring"),
        ),
        migrations.AlterField(
            model_name="syncrun",
            name="kind",
            field=models.CharField(
                choices=[
                    ("event_types", "event types and hosts"),
                    ("bookings", "bookings changed"),
                    ("booking_sweep", "bookings of a period"),
                ],
                max_length=20,
                verbose_name="what",
            ),
        ),
    ]
