"""Logging in over allauth's headless API: password, throttle, CSRF, second factor, logout."""

import base64
import hashlib
import hmac
import json
import struct
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from sigap.accounts.models import User
from tests.cast import Cast, data

LOGIN = "/_allauth/browser/v1/auth/login"
SESSION = "/_allauth/browser/v1/auth/session"
REAUTHENTICATE = "/_allauth/browser/v1/auth/reauthenticate"
SECOND_FACTOR = "/_allauth/browser/v1/auth/2fa/authenticate"
TOTP = "/_allauth/browser/v1/account/authenticators/totp"
PASSWORD = "kuda-laut-menari-7"


@pytest.fixture
def bima(cast: Cast) -> User:
    cache.clear()
    user = cast.user("bima")
    user.set_password(PASSWORD)
    user.save()
    return user


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


def log_in(client: Client, password: str = PASSWORD) -> Any:
    return post(client, LOGIN, {"username": "bima", "password": password})


def totp(secret: str, at_s: float) -> str:
    """RFC 6238 with SHA-1, 30 s, six digits."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at_s) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def test_the_password_is_kept_with_argon2(bima: User) -> None:
    assert bima.password.startswith("argon2$argon2id$")


def test_logging_in_and_out(bima: User) -> None:
    client = Client()
    assert log_in(client).status_code == 200
    me = client.get("/api/v1/me").json()
    assert me["role"] == "operator"
    assert me["permissions"]["signals.triage"] == "city"
    assert client.delete(SESSION).status_code == 401
    assert client.get("/api/v1/me").status_code == 401


def test_a_wrong_password_says_nothing_about_the_account(bima: User) -> None:
    client = Client()
    wrong = log_in(client, "x").json()
    unknown = post(client, LOGIN, {"username": "nobody", "password": "x"}).json()
    assert wrong["errors"] == unknown["errors"]


def test_guessing_is_throttled(bima: User) -> None:
    client = Client()
    statuses = [log_in(client, f"guess-{n}").status_code for n in range(7)]
    assert statuses[0] == 400
    # Even the right password must wait now.
    assert log_in(client).status_code != 200


def test_nobody_signs_up(cast: Cast) -> None:
    body = {"username": "new", "password": PASSWORD}
    answer = post(Client(), "/_allauth/browser/v1/auth/signup", body)
    assert answer.status_code == 403
    assert not User.objects.filter(username="new").exists()


def test_a_write_without_the_csrf_token_is_refused(bima: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bima)
    body = {"call_class": "ghost", "answered_at": "2026-01-01T00:00:00Z"}
    assert post(client, "/api/v1/calls", body).status_code == 403
    token = client.get("/api/v1/csrf").json()["csrf_token"]
    assert post(client, "/api/v1/calls", body, X_CSRFToken=token).status_code in (201, 403)
    assert (
        client.post(
            "/api/v1/calls",
            json.dumps(body),
            content_type="application/json",
            headers={"X-CSRFToken": token},
        ).status_code
        == 201
    )


def test_a_second_factor_is_asked_for_once_set_up(bima: User) -> None:
    client = Client()
    log_in(client)
    offer = client.get(TOTP)
    assert offer.status_code == 404
    secret = offer.json()["meta"]["secret"]
    # Whoever finds an unlocked screen cannot change the factors.
    assert post(client, TOTP, {"code": totp(secret, time.time())}).status_code == 401
    assert post(client, REAUTHENTICATE, {"password": PASSWORD}).status_code == 200
    activated = post(client, TOTP, {"code": totp(secret, time.time())})
    assert activated.status_code == 200
    client.delete(SESSION)

    fresh = Client()
    halfway = log_in(fresh)
    assert halfway.status_code == 401
    assert fresh.get("/api/v1/me").status_code == 401
    # The code of the activation cannot be used again; the next one can.
    finished = post(fresh, SECOND_FACTOR, {"code": totp(secret, time.time() + 30)})
    assert finished.status_code == 200
    assert fresh.get("/api/v1/me").status_code == 200


def test_a_blocked_account_is_out_at_once(bima: User) -> None:
    client = Client()
    log_in(client)
    bima.is_active = False
    bima.save()
    assert client.get("/api/v1/me").status_code == 401


def test_the_admin_is_for_administrators(cast: Cast) -> None:
    assert cast.api("hadi").client.get("/admin/").status_code == 200
    assert cast.api("bima").client.get("/admin/").status_code == 302
    data(cast.api("bima").get("me"))


def test_a_superuser_without_a_role_has_the_admin_only(cast: Cast) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    client = Client()
    client.force_login(root)
    me = client.get("/api/v1/me").json()
    assert (me["role"], me["permissions"]) == (None, {})
    assert client.get("/api/v1/signals/queue").status_code == 403
    assert client.get("/admin/").status_code == 200
