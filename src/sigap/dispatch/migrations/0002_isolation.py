"""Row-level security on the tables of `dispatch`."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = ["dispatch_unit", "dispatch_position", "dispatch_assignment", "dispatch_assignmentstep"]
TABLES += ["dispatch_acceptlimit"]


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial"), ("core", "0001_initial")]

    operations = [migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES]
