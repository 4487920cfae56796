"""A shorter time of keeping waits for the night, so that it can be taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cctv", "0007_isolation_of_evidence")]

    operations = [
        migrations.AddField(
            model_name="retentionpolicy",
            name="alarm_until_then_h",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="retentionpolicy",
            name="shortens_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="retentionpolicy",
            name="until_then_h",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
    ]
