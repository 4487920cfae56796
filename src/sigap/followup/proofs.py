"""Checks on a proof: was the photo used before, was it taken near the place? Used by `actions`."""

from dataclasses import dataclass

from django.db import connection

from sigap.core.geometry import LatLon, distance_m
from sigap.core.models import StoredFile
from sigap.followup.models import ProofFlag
from sigap.incidents.models import Incident

# Bits of the 64-bit difference hash that may differ in one and the same photo (scaled, re-encoded).
SAME_PHOTO_BITS = 6
# A picture with hardly any edge (night, a covered lens) has a hash near all zeros or all ones and
# resembles every other such picture; its hash says nothing.
LEAST_EDGES, MOST_EDGES = 6, 58
# Phone positions err by tens of metres between houses; a street is a few hundred metres long.
FAR_AWAY_M = 250.0

# bit_count over all photos of the city: measured 0.3 µs a row, so a city needs no index.
_SIMILAR = """
    SELECT id FROM core_storedfile
    WHERE city_id = %s AND id <> %s AND difference_hash IS NOT NULL AND created_at <= %s
      AND (sha256 = %s OR bit_count((difference_hash # %s)::bit(64)) <= %s)
    ORDER BY bit_count((difference_hash # %s)::bit(64)), id
    LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class ProofChecks:
    """What the checks found; nothing here refuses the proof."""

    flags: tuple[ProofFlag, ...]
    similar_to: StoredFile | None
    distance_m: float | None


def check_proof(incident: Incident, photo: StoredFile | None, taken: LatLon | None) -> ProofChecks:
    """Look at the photo's likeness to earlier ones and at the distance from the incident."""
    similar = earlier_likeness(photo) if photo else None
    away_m = distance_m(LatLon(incident.lat, incident.lon), taken) if taken else None
    found = {
        ProofFlag.NO_PHOTO: photo is None,
        ProofFlag.REUSED_PHOTO: similar is not None,
        ProofFlag.TAKEN_FAR_AWAY: away_m is not None and away_m > FAR_AWAY_M,
    }
    return ProofChecks(
        flags=tuple(flag for flag, raised in found.items() if raised),
        similar_to=similar,
        distance_m=away_m,
    )


def earlier_likeness(photo: StoredFile) -> StoredFile | None:
    """The earlier photo of the city that looks most like `photo`; None if none does."""
    mark = photo.difference_hash
    if mark is None:
        return None
    edges = (mark & 0xFFFF_FFFF_FFFF_FFFF).bit_count()
    # Exact copies are found by their digest whatever they show.
    bits = SAME_PHOTO_BITS if LEAST_EDGES <= edges <= MOST_EDGES else -1
    with connection.cursor() as cursor:
        cursor.execute(
            _SIMILAR,
            [photo.city_id, photo.pk, photo.created_at, photo.sha256, mark, bits, mark],
        )
        row = cursor.fetchone()
    return None if row is None else StoredFile.objects.get(pk=row[0])
