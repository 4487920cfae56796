"""How long recordings are kept, what may not be deleted, what was given out as evidence."""

import uuid

from django.db import models

from sigap.cctv.models.cameras import Camera, Node
from sigap.cctv.models.choices import CameraPurpose, ExportState


class RetentionPolicy(models.Model):
    """How long recordings of a purpose are kept, and how long the clips of alarms.

    A shorter time waits until `shortens_at`, so that it can be taken back before anything is gone;
    until then `until_then_h` and `alarm_until_then_h` count.
    """

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12, choices=CameraPurpose.choices)
    retention_h = models.PositiveIntegerField()
    alarm_retention_h = models.PositiveIntegerField()
    legal_basis = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    until_then_h = models.PositiveIntegerField(null=True, editable=False)
    alarm_until_then_h = models.PositiveIntegerField(null=True, editable=False)
    shortens_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "purpose"], name="cctv_retention_purpose")
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.retention_h} h"


class LegalHold(models.Model):
    """Recordings of one camera that nothing deletes until somebody releases them."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="holds")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    incident_id = models.BigIntegerField(null=True)
    placed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    placed_at = models.DateTimeField()
    released_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["city", "released_at"], name="cctv_hold_open")]

    def __str__(self) -> str:
        return str(self.uuid)


class EvidenceExport(models.Model):
    """Recordings given out as evidence: who asked, why, what was cut, and the digests of it.

    `manifest_sha256` and `previous_sha256` chain all exports of a city in order of `number`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    incident_id = models.BigIntegerField(null=True)
    masked = models.BooleanField(default=False)
    state = models.CharField(
        max_length=12, choices=ExportState.choices, default=ExportState.REQUESTED
    )
    problem = models.CharField(max_length=200, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    number = models.PositiveIntegerField(null=True)
    manifest = models.JSONField(null=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    previous_sha256 = models.CharField(max_length=64, blank=True)
    # Ed25519 over the manifest's bytes, hexadecimal.
    signature = models.CharField(max_length=128, blank=True)
    # 0..1 while it is being cut.
    progress = models.FloatField(default=0)
    incident_number = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "number"], name="cctv_export_number")
        ]
        indexes = [models.Index(fields=["city", "requested_at"], name="cctv_export_requested")]

    def __str__(self) -> str:
        return str(self.uuid)


class EvidenceItem(models.Model):
    """A stretch of one camera within an export."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    export = models.ForeignKey(EvidenceExport, on_delete=models.CASCADE, related_name="items")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.export_id}:{self.camera_id}"


class EvidenceChain(models.Model):
    """The end of a city's chain of manifests, and the key that signs them.

    `seed` is the private half of Ed25519 and leaves the core never; `public_key` is hexadecimal.
    Whoever appends locks this row.
    """

    city = models.OneToOneField("city.City", on_delete=models.PROTECT, related_name="+")
    seed = models.BinaryField(editable=False)
    public_key = models.CharField(max_length=64, editable=False)
    last_number = models.PositiveIntegerField(default=0)
    last_sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.city_id}: {self.last_number}"
