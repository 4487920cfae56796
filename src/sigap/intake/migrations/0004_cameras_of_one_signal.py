"""Cameras that fell silent together share a signal, which knows them all."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_facts_of_alarms")]

    operations = [
        migrations.AddField(
            model_name="signal",
            name="also_camera_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
    ]
