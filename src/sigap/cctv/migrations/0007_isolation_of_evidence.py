"""Row-level security on the chain of evidence."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql


class Migration(migrations.Migration):
    dependencies = [("cctv", "0006_evidence_chain"), ("core", "0001_initial")]

    operations = [
        migrations.RunSQL(isolation_sql("cctv_evidencechain"), release_sql("cctv_evidencechain"))
    ]
