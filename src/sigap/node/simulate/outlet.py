"""How a simulated camera's packets leave: interleaved on the RTSP connection, or as datagrams."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from typing import Protocol

FRAME_BYTES = 4


class Outlet(Protocol):
    """Takes packets that begin with their interleaved frame (`$`, channel, length)."""

    async def send(self, packets: Sequence[bytes]) -> None: ...

    def close(self) -> None: ...


class TcpOutlet:
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(self, packets: Sequence[bytes]) -> None:
        self._writer.write(b"".join(packets))
        await self._writer.drain()

    def close(self) -> None:
        """The session closes the connection."""


class UdpOutlet:
    """One socket for all; `ports`: where the client listens, by channel."""

    def __init__(self, host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self._ports: dict[int, int] = {}
        self._host = host

    def add(self, transport: str, channel: int) -> str:
        """The answer to a SETUP for this track. Raises ValueError without `client_port`."""
        ports = re.search(r"client_port=(\d+)-(\d+)", transport)
        if ports is None:
            raise ValueError("no client_port")
        self._ports |= {channel: int(ports[1]), channel + 1: int(ports[2])}
        own = self._socket.getsockname()[1]
        return f"RTP/AVP;unicast;client_port={ports[1]}-{ports[2]};server_port={own}-{own}"

    async def send(self, packets: Sequence[bytes]) -> None:
        for packet in packets:
            port = self._ports.get(packet[1])
            if port is not None:
                await asyncio.get_running_loop().sock_sendto(
                    self._socket, packet[FRAME_BYTES:], (self._host, port)
                )

    def close(self) -> None:
        self._socket.close()
