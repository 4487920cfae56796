"""The words that columns of `cctv` may hold."""

from django.db import models


class CameraPurpose(models.TextChoices):
    """Why a public camera may stand there at all (UU PDP 27/2022, article 17)."""

    SECURITY = "security"
    TRAFFIC = "traffic"
    DISASTER = "disaster"


class CameraState(models.TextChoices):
    UNKNOWN = "unknown"
    UP = "up"
    SILENT = "silent"
    BAD = "bad"  # frames arrive, but cannot be used
    DISABLED = "disabled"


class RuleKind(models.TextChoices):
    ZONE = "zone"
    LINE = "line"
    LOITERING = "loitering"
    CROWD = "crowd"
    WRONG_WAY = "wrong_way"
    STOPPED = "stopped"
    OBJECT = "object"
    SPEED = "speed"
    QUEUE = "queue"
    TAMPER = "tamper"


class StreetClass(models.TextChoices):
    PERSON = "person"
    BICYCLE = "bicycle"
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BUS = "bus"
    TRUCK = "truck"
    UNKNOWN = "unknown"  # an object that was left, or the picture itself


class DecodeLevel(models.TextChoices):
    """How much of a camera its node decodes, cheapest first."""

    OFF = "off"
    KEYFRAMES = "keyframes"
    ANALYSIS = "analysis"
    FULL = "full"


class MeasureKind(models.TextChoices):
    """What a measuring rule reads, beside crossings."""

    SPEED_KMH = "speed_kmh"
    QUEUE_M = "queue_m"
    QUEUE_COUNT = "queue_count"
    CROWD_COUNT = "crowd_count"


class Verdict(models.TextChoices):
    """What a person says of an alarm."""

    TRUE = "true"
    FALSE = "false"
    USELESS = "useless"


class Colour(models.TextChoices):
    """The dominant colour of what an alarm is about, as a passer-by would name it."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    BROWN = "brown"
    WHITE = "white"
    GREY = "grey"
    BLACK = "black"


class Change(models.TextChoices):
    """What became different, for rules that watch for a change."""

    LEFT = "left"
    TAKEN = "taken"
    COVERED = "covered"
    BLURRED = "blurred"
    FROZEN = "frozen"
    TURNED = "turned"
    DISPERSAL = "dispersal"


class ExportState(models.TextChoices):
    REQUESTED = "requested"
    CUTTING = "cutting"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExportProblem(models.TextChoices):
    """Why an export failed."""

    NOTHING_RECORDED = "nothing_recorded"
    DISK_FULL = "disk_full"
    MASKING_FAILED = "masking_failed"
    UNREADABLE = "unreadable"
