"""How many public writes an address may make in a minute. Counted in PostgreSQL for all workers."""

import hashlib

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from sigap.core import clock
from sigap.core.refusals import TooMany

# One statement, so that two workers cannot both count to the same number.
_COUNT = """
    INSERT INTO citizen_write_count (address, minute, writes) VALUES (%s, %s, 1)
    ON CONFLICT (address, minute) DO UPDATE SET writes = citizen_write_count.writes + 1
    RETURNING writes
"""
_FORGET = "DELETE FROM citizen_write_count WHERE minute < %s"
KEPT_MINUTES = 10


def count_write(request: HttpRequest) -> None:
    """Count a public write of the request's address. Raises TooMany over the limit.

    Call it outside the unit of work: refused requests count too. The address itself is not kept,
    only a keyed digest, for ten minutes.
    """
    limit = settings.PUBLIC_WRITES_PER_MINUTE
    if limit == 0:
        return
    moment = clock.now()
    minute = int(moment.timestamp()) // 60
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [_digest(request), minute])
        row = cursor.fetchone()
        writes = 0 if row is None else int(row[0])
        if writes == 1:
            cursor.execute(_FORGET, [minute - KEPT_MINUTES])
    if writes > limit:
        raise TooMany(60 - moment.second)


def _digest(request: HttpRequest) -> bytes:
    address = str(request.META.get("REMOTE_ADDR", ""))
    return hashlib.blake2b(
        address.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16
    ).digest()
