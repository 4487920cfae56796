"""Finds cameras by WS-Discovery, and hands each on as it answers. Called by `routes`.

Multicast reaches the node's own network; addresses that somebody names are asked one by one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from onveef.wsdiscovery import (
    WS_DISCOVERY_ADDRESS,
    WS_DISCOVERY_PORT,
    DiscoveredDevice,
    build_probe,
    local_ipv4_addresses,
    parse_probe_matches,
)

PROBES = 3
"""Datagrams get lost; each probe is sent so often, spread over the time."""
MAX_HOSTS = 1024
MAX_FOUND = 2000
HOSTS_AT_ONCE = 64
PAUSE_S = 0.02
TTL = 2


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """`address` is that of its device service; `host` where the answer came from."""

    address: str
    host: str
    name: str
    hardware: str
    place: str


@dataclass(frozen=True, slots=True)
class Search:
    """`hosts`: asked one by one beside multicast. `port` differs in tests only."""

    seconds: float = 4.0
    hosts: tuple[str, ...] = ()
    multicast: bool = True
    port: int = WS_DISCOVERY_PORT


def expand_hosts(text: str) -> tuple[str, ...]:
    """Hosts of "10.0.0.5", "10.0.0.0/24" or "10.0.0.5-20", several parted by commas or spaces.

    Raises ValueError for what is no address, and for more than `MAX_HOSTS`.
    """
    hosts: dict[str, None] = {}
    for part in text.replace(",", " ").split():
        for host in _hosts_of(part):
            hosts[host] = None
            if len(hosts) > MAX_HOSTS:
                raise ValueError(f"at most {MAX_HOSTS} addresses at once")
    return tuple(hosts)


async def find_cameras(search: Search) -> AsyncIterator[FoundCamera]:
    """Each camera once, as it answers, until the time is over."""
    loop = asyncio.get_running_loop()
    answers: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue(MAX_FOUND)
    asking = [
        asyncio.create_task(_ask(search, bind_ip, answers)) for bind_ip in _interfaces(search)
    ]
    ends_at = loop.time() + search.seconds
    seen: set[str] = set()
    try:
        while (left_s := ends_at - loop.time()) > 0 and len(seen) < MAX_FOUND:
            try:
                data, host = await asyncio.wait_for(answers.get(), left_s)
            except TimeoutError:
                return
            for device in parse_probe_matches(data.decode("utf-8", "replace")):
                found = _found(device, host)
                if found.address not in seen:
                    seen.add(found.address)
                    yield found
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, queue: asyncio.Queue[tuple[bytes, str]]) -> None:
        self._queue = queue

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """More than the queue takes at once is a flood, not a city."""
        if not self._queue.full():
            self._queue.put_nowait((data, str(addr[0])))

    def error_received(self, exc: Exception) -> None:
        """A host that refuses the datagram has no camera; the others may."""


async def _ask(search: Search, bind_ip: str, answers: asyncio.Queue[tuple[bytes, str]]) -> None:
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answers(answers), local_addr=(bind_ip, 0), family=socket.AF_INET
        )
    except OSError:
        return
    try:
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
        if bind_ip != _ANY:
            own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(bind_ip))
        for _ in range(PROBES):
            await _send_all(transport, search, named=bind_ip == _ANY)
            await asyncio.sleep(search.seconds / PROBES)
    finally:
        transport.close()


async def _send_all(transport: asyncio.DatagramTransport, search: Search, *, named: bool) -> None:
    """A device answers a repeated message once; so each round has an identity of its own."""
    probe = build_probe(message_id=f"urn:uuid:{uuid.uuid4()}").encode()
    if search.multicast and not named:
        transport.sendto(probe, (WS_DISCOVERY_ADDRESS, search.port))
    for count, host in enumerate(search.hosts if named else (), 1):
        transport.sendto(probe, (host, search.port))
        if count % HOSTS_AT_ONCE == 0:
            await asyncio.sleep(PAUSE_S)


_ANY = "0.0.0.0"


def _interfaces(search: Search) -> Sequence[str]:
    own = local_ipv4_addresses() if search.multicast else []
    return [*own, _ANY]


def _found(device: DiscoveredDevice, host: str) -> FoundCamera:
    """Of several addresses the one at which it answered: a camera may name one nobody reaches."""
    reached = [address for address in device.xaddrs if f"//{host}" in address]
    address = next(iter(reached or device.xaddrs), f"http://{host}/onvif/device_service")
    words = (device.name, device.hardware, device.location)
    name, hardware, place = (unquote(word)[:120] for word in words)
    return FoundCamera(address[:200], host, name, hardware, place)


def _hosts_of(part: str) -> list[str]:
    first, dash, last = part.partition("-")
    if dash:
        start = ipaddress.IPv4Address(first)
        end = _end_of_range(start, last)
        if not 0 <= int(end) - int(start) < MAX_HOSTS:
            raise ValueError(f"{part}: at most {MAX_HOSTS} addresses at once")
        return [str(ipaddress.IPv4Address(number)) for number in range(int(start), int(end) + 1)]
    network = ipaddress.IPv4Network(part, strict=False)
    if network.num_addresses > MAX_HOSTS:
        raise ValueError(f"{part}: at most {MAX_HOSTS} addresses at once")
    return [str(host) for host in network.hosts()]


def _end_of_range(start: ipaddress.IPv4Address, last: str) -> ipaddress.IPv4Address:
    if last.isdigit():
        return ipaddress.IPv4Address(f"{str(start).rpartition('.')[0]}.{last}")
    return ipaddress.IPv4Address(last)
