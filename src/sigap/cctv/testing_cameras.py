"""A node and cameras for tests of this and higher packages."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from sigap.cctv.actions import CameraForm, NodeForm, add_camera, enroll_node
from sigap.cctv.models import Camera, Node, Rule, RuleKind
from sigap.cctv.rules import RuleForm, add_rule
from sigap.cctv.shapes import LINES
from sigap.city.models import City
from sigap.core.actor import system_actor
from sigap.core.geometry import LatLon
from sigap.core.tenancy import reading

ZONE = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]
LINE = [(0.2, 0.8), (0.8, 0.2)]


@dataclass(frozen=True, slots=True)
class NodeClient:
    """The API as one node uses it."""

    node: Node
    token: str

    def get(self, path: str, **query: Any) -> HttpResponse:
        """GET /api/v1/node/`path`."""
        return self._done(Client().get(f"/api/v1/node/{path}", query, headers=self._headers()))

    def post(self, path: str, body: Any) -> HttpResponse:
        """POST JSON to /api/v1/node/`path`."""
        return self._done(
            Client().post(
                f"/api/v1/node/{path}",
                json.dumps(body, default=str),
                content_type="application/json",
                headers=self._headers(),
            )
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Node {self.token}"}

    @staticmethod
    def _done(response: Any) -> HttpResponse:
        assert isinstance(response, HttpResponse)
        return response


def make_node(city: City, name: str = "node-1") -> NodeClient:
    """A node of `city` with its token."""
    token = enroll_node(
        system_actor("test"),
        city.pk,
        NodeForm(name=name, base_url="http://127.0.0.1:8090"),
    )
    with reading(city.pk):
        return NodeClient(Node.objects.get(city=city, name=name), token)


def make_camera(city: City, name: str, place: LatLon, **form: Any) -> Camera:
    """A camera of the city's first node."""
    actor = system_actor("test", city_id=city.pk)
    source_url = form.pop("source_url", "rtsp://viewer:geheim@10.0.0.5/stream")
    return add_camera(actor, CameraForm(name=name, source_url=source_url, place=place, **form))


def make_rule(camera: Camera, kind: RuleKind = RuleKind.ZONE, **form: Any) -> Rule:
    """A rule of `camera`."""
    actor = system_actor("test", city_id=camera.city_id)
    points = form.pop("points", LINE if kind in LINES else ZONE)
    name = form.pop("name", f"Area {kind.value}")
    return add_rule(actor, camera.pk, RuleForm(name=name, kind=kind, points=points, **form))
