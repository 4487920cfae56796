"""Row-level security on the tables of `cctv`."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = [
    "cctv_node",
    "cctv_camera",
    "cctv_rule",
    "cctv_mask",
    "cctv_outage",
    "cctv_healthsample",
    "cctv_linecount",
    "cctv_alarm",
]


class Migration(migrations.Migration):
    dependencies = [("cctv", "0001_initial"), ("core", "0001_initial")]

    operations = [migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES]
