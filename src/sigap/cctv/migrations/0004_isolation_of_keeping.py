"""Row-level security on the tables of measures, retention, holds and evidence."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = [
    "cctv_rulemeasure",
    "cctv_retentionpolicy",
    "cctv_legalhold",
    "cctv_evidenceexport",
    "cctv_evidenceitem",
]


class Migration(migrations.Migration):
    dependencies = [("cctv", "0003_keep_watch_and_judge"), ("core", "0001_initial")]

    operations = [migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES]
