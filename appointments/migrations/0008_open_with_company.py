from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0007_standing"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="push", name="push_open"),
        migrations.AddIndex(
            model_name="push",
            index=models.Index(
                condition=models.Q(
                    ("finished_at__isnull", True), models.Q(("trouble", "not_connected"), _negated=True)
                ),
                fields=["state", "created_at"],
                include=["company"],
                name="push_open",
            ),
        ),
    ]
