"""Tables of the spine: the event log, its chain heads, subscribers' positions, stored files."""

import uuid

from django.db import models


class EventRecord(models.Model):
    """One row of the append-only, hash-chained event log.

    Written only by the SQL function `sigap_append_event`; a trigger refuses updates and deletes.
    `seq` counts without gaps within a city, in order of commit.
    """

    id = models.BigAutoField(primary_key=True)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    uuid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_user_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=120)
    table = models.CharField(max_length=32, null=True)
    row_id = models.BigIntegerField(null=True)
    incident_id = models.BigIntegerField(null=True)
    cause_id = models.UUIDField(null=True)
    payload = models.JSONField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        db_table = "core_event"
        constraints = [models.UniqueConstraint(fields=["city", "seq"], name="core_event_city_seq")]
        indexes = [
            models.Index(fields=["city", "incident_id", "seq"], name="core_event_incident"),
            models.Index(fields=["city", "kind", "occurred_at"], name="core_event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.city_id}:{self.seq} {self.kind}"


class ChainHead(models.Model):
    """The last link of a city's chain. Its row lock puts a city's events in order of commit."""

    city = models.OneToOneField(
        "city.City", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return f"{self.city_id}:{self.seq}"


class SubscriberPosition(models.Model):
    """How far a subscriber has handled a city's log. Moved only after handling (at least once)."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    subscriber = models.CharField(max_length=64)
    seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "subscriber"], name="core_subscriber_city")
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}@{self.seq}"


class IdempotencyKey(models.Model):
    """The answer to a request that a client may repeat (offline queue, double tap)."""

    city = models.ForeignKey("city.City", on_delete=models.CASCADE, related_name="+")
    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    request_digest = models.BinaryField()
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "actor", "key"], name="core_idempotency_once")
        ]

    def __str__(self) -> str:
        return self.key


class StoredFile(models.Model):
    """A file kept under its SHA-256 in the file store; photos are stripped of EXIF on arrival."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=60)
    size_bytes = models.PositiveIntegerField()
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    # 64-bit difference hash, signed for PostgreSQL's bigint; near-equal photos differ in few bits.
    difference_hash = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["city", "difference_hash"], name="core_file_dhash")]

    def __str__(self) -> str:
        return str(self.uuid)
