"""The event log's functions, the cache table and the second lock of the core's tables."""

from django.db import migrations

from sigap.core.tenancy import isolation_sql, release_sql

TABLES = ["core_event", "core_chainhead", "core_subscriberposition", "core_idempotencykey"]
TABLES += ["core_storedfile"]

# The digest covers every column that says something; jsonb's text form is canonical.
DIGEST = """
CREATE FUNCTION sigap_event_digest(e core_event, previous bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(previous || convert_to(concat_ws(E'\\x1f',
        e.city_id, e.seq, e.uuid, e.kind, extract(epoch FROM e.occurred_at), e.actor_kind,
        coalesce(e.actor_user_id::text, '-'), e.actor_label, coalesce(e."table", '-'),
        coalesce(e.row_id::text, '-'), coalesce(e.incident_id::text, '-'),
        coalesce(e.cause_id::text, '-'), e.payload::text), 'UTF8'))
$$;
"""

# The update of the chain's head takes its row lock: events of a city commit in order of `seq`.
APPEND = """
CREATE FUNCTION sigap_append_event(
    p_city bigint, p_uuid uuid, p_kind text, p_at timestamptz, p_actor_kind text,
    p_actor_user bigint, p_actor_label text, p_table text, p_row bigint, p_incident bigint,
    p_cause uuid, p_payload text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    head core_chainhead;
    e core_event;
BEGIN
    UPDATE core_chainhead SET seq = seq + 1 WHERE city_id = p_city RETURNING * INTO head;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'city % has no event chain', p_city;
    END IF;
    e.city_id := p_city; e.seq := head.seq; e.uuid := p_uuid; e.kind := p_kind;
    e.occurred_at := p_at; e.actor_kind := p_actor_kind; e.actor_user_id := p_actor_user;
    e.actor_label := p_actor_label; e."table" := p_table; e.row_id := p_row;
    e.incident_id := p_incident; e.cause_id := p_cause; e.payload := p_payload::jsonb;
    e.previous_hash := head.hash;
    e.hash := sigap_event_digest(e, head.hash);
    INSERT INTO core_event (city_id, seq, uuid, kind, occurred_at, actor_kind, actor_user_id,
        actor_label, "table", row_id, incident_id, cause_id, payload, previous_hash, hash)
    VALUES (e.city_id, e.seq, e.uuid, e.kind, e.occurred_at, e.actor_kind, e.actor_user_id,
        e.actor_label, e."table", e.row_id, e.incident_id, e.cause_id, e.payload,
        e.previous_hash, e.hash);
    UPDATE core_chainhead SET hash = e.hash WHERE city_id = p_city;
    PERFORM pg_notify('sigap_events', p_city::text || ':' || e.seq::text);
    RETURN e.seq;
END $$;
"""

APPEND_ONLY = """
CREATE FUNCTION sigap_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only';
END $$;
CREATE TRIGGER core_event_append_only BEFORE UPDATE OR DELETE ON core_event
    FOR EACH ROW EXECUTE FUNCTION sigap_refuse_change();
"""

CACHE = """
CREATE UNLOGGED TABLE core_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX core_cache_expires ON core_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(DIGEST, "DROP FUNCTION sigap_event_digest"),
        migrations.RunSQL(APPEND, "DROP FUNCTION sigap_append_event"),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER core_event_append_only ON core_event; DROP FUNCTION sigap_refuse_change",
        ),
        migrations.RunSQL(CACHE, "DROP TABLE core_cache"),
        *[migrations.RunSQL(isolation_sql(table), release_sql(table)) for table in TABLES],
    ]
