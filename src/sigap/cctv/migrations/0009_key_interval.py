"""How far apart a camera's key frames are: an alarm of a quiet camera comes so much later."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cctv", "0008_shorter_from_the_night_on")]

    operations = [
        migrations.AddField(
            model_name="camera",
            name="key_interval_s",
            field=models.FloatField(default=0, editable=False),
        ),
    ]
