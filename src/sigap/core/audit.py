"""Proof that the event log was not altered: every link of a city's hash chain is computed anew."""

from dataclasses import dataclass

from django.db import connection

_VERIFY = """
    SELECT count(*),
           min(seq) FILTER (WHERE hash <> sigap_event_digest(e, previous_hash)
                               OR previous_hash <> expected OR seq <> place)
    FROM (
        SELECT core_event AS e, seq, hash, previous_hash,
               lag(hash, 1, ''::bytea) OVER (ORDER BY seq) AS expected,
               row_number() OVER (ORDER BY seq) AS place
        FROM core_event WHERE city_id = %s
    ) AS chain
"""
_HEAD = "SELECT seq, hash FROM core_chainhead WHERE city_id = %s"
_LAST = "SELECT seq, hash FROM core_event WHERE city_id = %s ORDER BY seq DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`first_broken_seq` is None when all `events` links and the head agree."""

    events: int
    first_broken_seq: int | None

    @property
    def intact(self) -> bool:
        """Whether nothing was altered, removed or put between."""
        return self.first_broken_seq is None


def verify_chain(city_id: int) -> ChainReport:
    """Check the whole chain of `city_id`; call it inside `reading(city_id)`."""
    with connection.cursor() as cursor:
        cursor.execute(_VERIFY, [city_id])
        events, broken = cursor.fetchone() or (0, None)
        cursor.execute(_HEAD, [city_id])
        head = cursor.fetchone() or (0, b"")
        cursor.execute(_LAST, [city_id])
        last = cursor.fetchone() or (0, b"")
    if broken is None and (head[0], bytes(head[1])) != (last[0], bytes(last[1])):
        # Links were cut off at the end: the head remembers more than the log holds.
        broken = last[0] + 1
    return ChainReport(events=int(events), first_broken_seq=broken)
