"""Row-level security on the tables of `followup`."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = ["followup_task", "followup_proof"]


class Migration(migrations.Migration):
    dependencies = [("followup", "0001_initial"), ("core", "0001_initial")]

    operations = [migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES]
