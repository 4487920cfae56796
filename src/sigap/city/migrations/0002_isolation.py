"""Row-level security on the tables of `city`."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = ["city_area", "city_agency", "city_category", "city_station"]


class Migration(migrations.Migration):
    dependencies = [("city", "0001_initial"), ("core", "0001_initial")]

    operations = [migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES]
