"""A short mark of what a person's rights rest on, to be compared later. Used by `cctv`.

Whoever holds an old mark was given something before the password, the role or the city changed.
"""

from django.utils.crypto import salted_hmac

from sigap.accounts.models import User

MARK_CHARACTERS = 16
_SALT = "sigap.accounts.standing"


def standing_mark(user: User) -> str:
    """16 hexadecimal digits that tell nobody anything without the core's secret key."""
    rests_on = f"{user.pk}|{user.password}|{user.role}|{user.city_id}|{user.is_active}"
    digest: str = salted_hmac(_SALT, rests_on, algorithm="sha256").hexdigest()
    return digest[:MARK_CHARACTERS]
