"""Cameras, the nodes that watch them, and how they are."""

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from sigap.cctv.models.choices import CameraPurpose, CameraState, DecodeLevel


class Node(models.Model):
    """A camera node. It proves itself by a token of which we keep the SHA-256 only.

    `media_key` signs the addresses of its media. `epoch` rises with every new token, so that a
    node that was replaced can be told from its successor. `config_version` rises with every
    change of what it has to watch.
    """

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    media_key = models.BinaryField(editable=False)
    # Where browsers reach it.
    base_url = models.CharField(
        max_length=200, validators=[RegexValidator(r"^https?://[^\s/?#]+(/[^\s?#]*)?$")]
    )
    epoch = models.PositiveIntegerField(default=1, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    rss_bytes = models.BigIntegerField(default=0, editable=False)
    cpu_s = models.FloatField(default=0, editable=False)
    config_version = models.PositiveIntegerField(default=1, editable=False)
    enabled = models.BooleanField(default=True)
    disk_total_bytes = models.BigIntegerField(default=0, editable=False)
    disk_free_bytes = models.BigIntegerField(default=0, editable=False)
    # When recordings will be deleted sooner than promised; None: not in sight.
    disk_full_at = models.DateTimeField(null=True, editable=False)
    # Since when the city has been told so; None: there is nothing to tell.
    disk_warned_at = models.DateTimeField(null=True, editable=False)
    detector_busy = models.FloatField(default=0, editable=False)
    detector_queue_ms = models.FloatField(default=0, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city", "name"], name="cctv_node_name")]

    def __str__(self) -> str:
        return self.name


class Camera(models.Model):
    """A camera. `source_url` may hold a password: only its node and who manages cameras see it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="cameras")
    name = models.CharField(max_length=120)
    source_url = models.CharField(max_length=500)
    # A smaller stream of the same picture, for tiles and analysis.
    sub_url = models.CharField(max_length=500, blank=True)
    # The device service, for PTZ, events and the clock; the source's user and password count.
    onvif_url = models.CharField(max_length=200, blank=True)
    lat = models.FloatField()
    lon = models.FloatField()
    # Clockwise from north; where the middle of the picture looks, how wide and how far it sees.
    bearing_deg = models.FloatField(default=0)
    field_of_view_deg = models.FloatField(default=70)
    range_m = models.FloatField(default=60)
    area = models.ForeignKey(
        "city.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    purpose = models.CharField(
        max_length=12, choices=CameraPurpose.choices, default=CameraPurpose.SECURITY
    )
    analyse = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)
    # Every picture is analysed, at any cost.
    critical = models.BooleanField(default=False)
    keep_audio = models.BooleanField(default=False)
    # None: as long as the policy of its purpose says.
    retention_h = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(
        max_length=12, choices=CameraState.choices, default=CameraState.UNKNOWN, editable=False
    )
    state_since = models.DateTimeField(null=True, editable=False)
    state_reason = models.CharField(max_length=120, blank=True, editable=False)
    last_frame_at = models.DateTimeField(null=True, editable=False)
    fps = models.FloatField(default=0, editable=False)
    bitrate_bps = models.BigIntegerField(default=0, editable=False)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    codec = models.CharField(max_length=40, blank=True, editable=False)
    recording = models.BooleanField(default=False, editable=False)
    recorded_bytes = models.BigIntegerField(default=0, editable=False)
    recorded_from = models.DateTimeField(null=True, editable=False)
    # Seconds of the last 24 hours that should have been recorded and were not.
    gap_s_24h = models.FloatField(default=0, editable=False)
    # Of this, while pictures came: recording that fails.
    unrecorded_s_24h = models.FloatField(default=0, editable=False)
    clock_skew_s = models.FloatField(null=True, editable=False)
    # The usual time between two key frames; 0: not known.
    key_interval_s = models.FloatField(default=0, editable=False)
    audio_codec = models.CharField(max_length=20, blank=True, editable=False)
    analysis_state = models.CharField(max_length=12, blank=True, editable=False)
    analysis_dropped = models.BigIntegerField(default=0, editable=False)
    decode_level = models.CharField(
        max_length=10, choices=DecodeLevel.choices, default=DecodeLevel.OFF, editable=False
    )
    detector_wait_ms = models.FloatField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["city", "name"], name="cctv_camera_name")]
        indexes = [models.Index(fields=["city", "lat", "lon"], name="cctv_camera_place")]

    def __str__(self) -> str:
        return self.name


class Mask(models.Model):
    """A part of the picture that is never analysed. `points` as in `Rule`."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="masks")
    points = models.JSONField()

    def __str__(self) -> str:
        return f"{self.camera_id}:{self.pk}"


class Outage(models.Model):
    """A time without usable pictures of an enabled camera; open while `ended_at` is None."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="outages")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["camera"],
                condition=models.Q(ended_at__isnull=True),
                name="cctv_outage_one_open",
            )
        ]
        indexes = [models.Index(fields=["city", "started_at"], name="cctv_outage_started")]

    def __str__(self) -> str:
        return f"{self.camera_id}@{self.started_at:%Y-%m-%d %H:%M}"


class HealthSample(models.Model):
    """The last word of a camera's health in a minute."""

    city = models.ForeignKey("city.City", on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    minute = models.DateTimeField()
    state = models.CharField(max_length=12, choices=CameraState.choices)
    fps = models.FloatField()
    bitrate_bps = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "minute"], name="cctv_sample_minute")
        ]

    def __str__(self) -> str:
        return f"{self.camera_id}@{self.minute:%Y-%m-%d %H:%M}"
