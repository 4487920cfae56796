"""How packets of one session come: on the connection itself, or as datagrams.

Used by `receiver`. Channels are numbered as in RFC 2326 10.12: even for RTP, the next for its RTCP.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from sigap.node.errors import CameraError, UnsupportedByReceiver
from sigap.node.ingest.dialogue import Dialogue
from sigap.node.ingest.interleaved import Splitter
from sigap.node.ingest.reordering import Reorderer
from sigap.node.ingest.rtp import Depacketiser

Take: TypeAlias = Callable[[memoryview, float], None]
RECEIVE_BYTES = 4 << 20
"""Asked for; the system gives what it allows. A key frame comes all at once."""
LARGEST_DATAGRAM = 64 << 10
PORT_TRIES = 20
READS_A_TURN = 256
_log = logging.getLogger(__name__)


class Transport(Protocol):
    """One session's. `wanted` and `granted` are the two sides of a SETUP."""

    def wanted(self, channel: int) -> str: ...

    def granted(self, answer: str, channel: int) -> None:
        """Raises UnsupportedByReceiver."""

    def take_video(self, video: Depacketiser) -> None: ...

    def take(self, channel: int, sink: Take) -> None: ...

    def report(self, channel: int, packet: bytes) -> None:
        """Send RTCP."""

    def look(self) -> None:
        """Called a few times a second."""

    def close(self) -> None: ...


class Interleaved:
    """All on the RTSP connection itself."""

    def __init__(self, splitter: Splitter, dialogue: Dialogue) -> None:
        self._splitter, self._dialogue = splitter, dialogue

    def wanted(self, channel: int) -> str:
        return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"

    def granted(self, answer: str, channel: int) -> None:
        granted = re.search(r"interleaved=(\d+)", answer)
        if granted is None:
            raise UnsupportedByReceiver("camera does not do RTP over TCP", transport="udp")
        if int(granted[1]) != channel:
            raise UnsupportedByReceiver("camera numbers its channels itself")

    def take_video(self, video: Depacketiser) -> None:
        self._splitter.video = video

    def take(self, channel: int, sink: Take) -> None:
        self._splitter.on_channel[channel] = sink

    def report(self, channel: int, packet: bytes) -> None:
        self._dialogue.send_packet(channel, packet)

    def look(self) -> None:
        pass

    def close(self) -> None:
        pass


class Datagrams:
    """A pair of ports for each track; packets from other hosts than `host` are not looked at.

    Read as they come, not at the tick: what the system's buffer cannot hold is lost.
    """

    def __init__(self, host: str, fail: Callable[[CameraError], None]) -> None:
        self._host, self._fail = host, fail
        self._ports: dict[int, int] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._sinks: dict[int, Take] = {}
        self._reorderers: list[Reorderer] = []
        self._loop = asyncio.get_running_loop()

    def wanted(self, channel: int) -> str:
        first, second = _bind_pair(":" in self._host)
        for number, own in ((channel, first), (channel + 1, second)):
            self._sockets[number] = own
            self._loop.add_reader(own.fileno(), self._drain, number)
        port = first.getsockname()[1]
        return f"RTP/AVP;unicast;client_port={port}-{port + 1}"

    def granted(self, answer: str, channel: int) -> None:
        if "tcp" in answer or "multicast" in answer:
            raise UnsupportedByReceiver("camera does not send datagrams to us alone")
        ports = re.search(r"server_port=(\d+)(?:-(\d+))?", answer)
        if ports is None:
            return
        for number, port in enumerate((int(ports[1]), int(ports[2] or int(ports[1]) + 1))):
            # Ours must have sent something before a firewall lets theirs in.
            self._ports[channel + number] = port
            self.report(channel + number, _HELLO)

    def take_video(self, video: Depacketiser) -> None:
        self._take_ordered(0, video.feed)

    def take(self, channel: int, sink: Take) -> None:
        if channel % 2:
            self._sinks[channel] = sink
        else:
            self._take_ordered(channel, sink)

    def report(self, channel: int, packet: bytes) -> None:
        port = self._ports.get(channel, 0)
        if 0 < port < 1 << 16:
            with contextlib.suppress(OSError):
                self._sockets[channel].sendto(packet, (self._host, port))

    def look(self) -> None:
        now = time.time()
        for reorderer in self._reorderers:
            reorderer.look(now)

    def close(self) -> None:
        for own in self._sockets.values():
            self._loop.remove_reader(own.fileno())
            own.close()

    def _take_ordered(self, channel: int, sink: Take) -> None:
        reorderer = Reorderer(sink)
        self._reorderers.append(reorderer)
        self._sinks[channel] = reorderer.feed

    def _drain(self, channel: int) -> None:
        own, sink = self._sockets[channel], self._sinks.get(channel)
        try:
            for _ in range(READS_A_TURN):
                data, sender = own.recvfrom(LARGEST_DATAGRAM)
                if sink is not None and sender[0] == self._host:
                    sink(memoryview(data), time.time())
        except OSError:
            return
        except Exception as error:  # noqa: BLE001 - logged, and told as the reason
            # A camera that breaks our own code must not take its neighbours along.
            _log.exception("reading a camera failed")
            self._fail(CameraError(f"internal error: {error}"))


_HELLO = b"\x80\0\0\0\0\0\0\0\0\0\0\0"


def _bind_pair(is_ipv6: bool) -> tuple[socket.socket, socket.socket]:
    """Ports that follow each other, the first of them even. Raises CameraError."""
    for _ in range(PORT_TRIES):
        first, second = _bind(0, is_ipv6=is_ipv6), None
        port = first.getsockname()[1] if first is not None else 0
        if first is not None and port % 2 == 0:
            second = _bind(port + 1, is_ipv6=is_ipv6)
        if first is not None and second is not None:
            return first, second
        if first is not None:
            first.close()
    raise CameraError("no free ports for datagrams")


def _bind(port: int, *, is_ipv6: bool) -> socket.socket | None:
    own = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
    own.setblocking(False)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    try:
        own.bind(("", port))
    except OSError:
        own.close()
        return None
    return own
