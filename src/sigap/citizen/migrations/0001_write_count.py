"""The counter of public writes: unlogged, since after a crash it may begin again at zero."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE citizen_write_count (
    address bytea NOT NULL, minute bigint NOT NULL, writes integer NOT NULL,
    PRIMARY KEY (address, minute)
);
CREATE INDEX citizen_write_count_minute ON citizen_write_count (minute);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, "DROP TABLE citizen_write_count")]
