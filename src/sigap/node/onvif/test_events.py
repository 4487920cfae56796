"""Events of a camera: from a PullPoint that speaks SOAP to the motion on the time-line."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sigap.node.analysis.motion_log import MotionSpan
from sigap.node.conftest import StartNode
from sigap.node.media.tokens import View
from sigap.node.onvif.events import CameraEvent, CameraEvents, EventKind, event_of
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import UUID, FakeCore, camera_entry, media_token, until

PASSWORD = "k%40mera"
_ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:tt="http://www.onvif.org/ver10/schema"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tev="http://www.onvif.org/ver10/events/wsdl"
 xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tns1="http://www.onvif.org/ver10/topics"
 xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>%s</s:Body></s:Envelope>"""
_FAULT = """<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:%s</s:Value>
</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">%s</s:Text></s:Reason></s:Fault>"""
# As in the examples of the ONVIF core specification, 9.1 and 9.3.
_MESSAGE = """<wsnt:NotificationMessage>
<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:%s</wsnt:Topic>
<wsnt:Message><tt:Message UtcTime="2001-01-01T00:00:00Z" PropertyOperation="%s">
<tt:Source><tt:SimpleItem Name="VideoSourceConfigurationToken" Value="1"/>
<tt:SimpleItem Name="Rule" Value="MyMotionDetectorRule"/></tt:Source>
<tt:Data><tt:SimpleItem Name="%s" Value="%s"/></tt:Data>
</tt:Message></wsnt:Message></wsnt:NotificationMessage>"""
MOTION = ("RuleEngine/CellMotionDetector/Motion", "IsMotion")
TAMPER = ("RuleEngine/TamperDetector/Tamper", "IsTamper")
INPUT = ("Device/Trigger/tnssamsung:DigitalInput", "LogicalState")


class PullPoint:
    """The event service of a camera. `asked`: operations in order. `forget`: as after a restart."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.address = ""
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._subscription = 0

    def tell(self, topic: tuple[str, str], value: str, *, operation: str = "Changed") -> None:
        self._waiting.put_nowait(_MESSAGE % (topic[0], operation, topic[1], value))

    def forget(self) -> None:
        self._subscription += 1

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[PullPoint]:
        application = web.Application()
        application.router.add_post("/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        text = await request.text()
        found = re.search(r"<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)", text)
        operation = found[1] if found else ""
        self.asked.append(operation)
        is_manager = request.path.startswith("/sub/")
        if is_manager and request.path != f"/sub/{self._subscription}":
            return self._fault("ResourceUnknown", "unknown subscription")
        if operation not in ("GetServices", "GetSystemDateAndTime") and "UsernameToken" not in text:
            return self._fault("NotAuthorized", "who are you")
        answer = await getattr(self, f"_{operation}", self._none)()
        return web.Response(text=_ENVELOPE % answer, content_type="application/soap+xml")

    def _fault(self, code: str, words: str) -> web.Response:
        text = _ENVELOPE % (_FAULT % (code, words))
        return web.Response(text=text, status=400, content_type="application/soap+xml")

    async def _none(self) -> str:
        return _FAULT % ("ActionNotSupported", "not here")

    async def _GetServices(self) -> str:  # noqa: N802 - names of the standard
        service = (
            "<tds:Service><tds:Namespace>http://www.onvif.org/ver10/events/wsdl</tds:Namespace>"
            f"<tds:XAddr>{self.address}/events</tds:XAddr></tds:Service>"
        )
        return f"<tds:GetServicesResponse>{service}</tds:GetServicesResponse>"

    async def _CreatePullPointSubscription(self) -> str:  # noqa: N802
        place = f"<wsa:Address>{self.address}/sub/{self._subscription}</wsa:Address>"
        return (
            "<tev:CreatePullPointSubscriptionResponse>"
            f"<tev:SubscriptionReference>{place}</tev:SubscriptionReference>{self._times()}"
            "</tev:CreatePullPointSubscriptionResponse>"
        )

    async def _PullMessages(self) -> str:  # noqa: N802
        messages = []
        with contextlib.suppress(TimeoutError):
            messages.append(await asyncio.wait_for(self._waiting.get(), 0.3))
        while not self._waiting.empty():
            messages.append(self._waiting.get_nowait())
        times = self._times().replace("wsnt:", "tev:")
        return f"<tev:PullMessagesResponse>{times}{''.join(messages)}</tev:PullMessagesResponse>"

    async def _Unsubscribe(self) -> str:  # noqa: N802
        return "<wsnt:UnsubscribeResponse/>"

    def _times(self) -> str:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return (
            f"<wsnt:CurrentTime>{now}</wsnt:CurrentTime>"
            f"<wsnt:TerminationTime>{now}</wsnt:TerminationTime>"
        )


async def motion_told(node_url: str) -> list[dict[str, Any]]:
    now = time.time()
    span = {
        "from": datetime.fromtimestamp(now - 60, UTC).isoformat(),
        "to": datetime.fromtimestamp(now + 60, UTC).isoformat(),
        "t": media_token(View.PLAY),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{node_url}/media/{UUID}/index", params=span) as answer,
    ):
        told: list[dict[str, Any]] = (await answer.json())["motion"]
        return told


async def test_a_cameras_own_motion_stands_on_the_time_line(
    simulator: CameraSimulator,
    core: FakeCore,
    start_node: StartNode,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with PullPoint().listening() as camera:
        source = f"rtsp://ana:{PASSWORD}@127.0.0.1:{simulator.port}/walk"
        entry = camera_entry(source, onvif_url=f"{camera.address}/onvif/device_service")
        core.set_cameras(entry)
        async with start_node() as node:
            camera.tell(MOTION, "false", operation="Initialized")
            camera.tell(TAMPER, "false", operation="Initialized")
            await until(lambda: camera.asked.count("PullMessages") >= 2, what="asked")
            began = time.time()
            camera.tell(MOTION, "true")
            await asyncio.sleep(1.2)
            camera.tell(MOTION, "false")
            camera.tell(TAMPER, "true")
            camera.tell(INPUT, "1")
            await until(lambda: "says: input begins" in caplog.text, what="all heard")
            [motion] = await motion_told(node.url)
            camera.forget()
            created = camera.asked.count("CreatePullPointSubscription")
            await until(
                lambda: camera.asked.count("CreatePullPointSubscription") > created,
                what="subscribed again",
            )
            core.set_cameras(entry | {"analyse": True})
            await until(lambda: camera.asked[-1] == "Unsubscribe", what="taken leave")
    begin, end = (datetime.fromisoformat(motion[key]).timestamp() for key in ("start", "end"))
    assert begin - began == pytest.approx(0, abs=0.7)
    assert end - begin == pytest.approx(1.2, abs=0.7)
    assert "camera 1 says: tampering begins" in caplog.text
    assert PASSWORD not in caplog.text
    assert "k@mera" not in caplog.text


def test_notifications_of_several_makers() -> None:
    def told(topic: str, operation: str = "Changed", **data: str) -> CameraEvent | None:
        return event_of({"topic": topic, "property_operation": operation, "data": data})

    assert told("tns1:RuleEngine/CellMotionDetector/Motion", IsMotion="true") == CameraEvent(
        EventKind.MOTION, "CellMotionDetector/Motion ", True
    )
    alarm = told("tns1:VideoSource/tns1:MotionAlarm", State="0")
    assert alarm == CameraEvent(EventKind.MOTION, "VideoSource/MotionAlarm ", False)
    gone = told("tns1:Device/Trigger/DigitalInput", "Deleted", LogicalState="true")
    assert gone is not None
    assert not gone.active
    assert told("tns1:RuleEngine/CellMotionDetector/Motion", Other="true") is None
    assert told("tns1:Monitoring/ProcessorUsage", Value="9") is None


def test_motion_is_one_stretch_whoever_sees_it() -> None:
    logged: list[MotionSpan] = []
    events = CameraEvents("1", logged.append)
    cell, alarm = (CameraEvent(EventKind.MOTION, name, True) for name in ("cell", "alarm"))
    over = CameraEvent(EventKind.MOTION, "cell", False)
    events.take(cell, 100.0)
    events.take(alarm, 101.0)
    events.take(over, 105.0)
    assert not logged
    events.look(170.0)
    events.lose(171.0)
    events.lose(180.0)
    assert [(span.starts_at, span.ends_at) for span in logged] == [(100, 170), (170, 171)]
