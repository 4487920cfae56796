"""Row-level security on the tables of `intake`."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = ["intake_signal", "intake_call", "intake_report", "intake_reportstep"]


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("core", "0001_initial")]

    operations = [migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES]
