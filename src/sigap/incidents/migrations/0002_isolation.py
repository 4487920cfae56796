"""Row-level security on the tables of `incidents`."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = ["incidents_incident"]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial"), ("core", "0001_initial")]

    operations = [migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES]
