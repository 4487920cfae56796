"""The socket of one camera: connects (TLS if asked), is drained at the tick, and sends requests.

Bytes go from the kernel into the ticker's one buffer and are parsed there in place; only what
belongs to an unfinished packet is kept until the next tick.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from sigap.node.errors import CameraError
from sigap.node.ingest.ticker import ReadTicker

CONNECT_TIMEOUT_S = 5.0
REACH_S = 3.0
"""A dead address is given up after this, so that the next try comes soon after it is back."""
MAX_UNSENT_BYTES = 256 << 10
READS_A_TICK = 8
_log = logging.getLogger(__name__)
_WAIT = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect to. `tls` None: in the clear."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Connection:
    """`parse(end, received_at)` reads the ticker's buffer up to `end`, returns how far it got.

    `closed` gets the CameraError that ended the connection.
    """

    def __init__(self, ticker: ReadTicker, parse: Callable[[int, float], int]) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed.add_done_callback(_mark_as_seen)
        self.certificate: bytes | None = None
        self._ticker, self._parse = ticker, parse
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._rest = b""
        self._unsent = b""
        self._encrypted = False

    @property
    def peer_host(self) -> str:
        """The address, in figures, that was connected to."""
        return str(self._socket.getpeername()[0]) if self._socket is not None else ""

    async def open(self, place: Place) -> None:
        """Raises CameraError. Until `use_tick` every packet wakes us, so that answers are quick."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._socket = await _connect(self._loop, place)
                if place.tls is not None:
                    self._socket = await self._secure(self._socket, place.tls, place.host)
        except TimeoutError as error:
            self.close()
            raise CameraError("camera does not answer") from error
        except OSError as error:
            self.close()
            raise CameraError(f"cannot connect: {error.strerror or error}") from error
        self._loop.add_reader(self._socket.fileno(), self.drain)

    async def _secure(
        self, plain: socket.socket, context: ssl.SSLContext, host: str
    ) -> ssl.SSLSocket:
        secured = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        self._socket = secured
        while True:
            try:
                secured.do_handshake()
                break
            except ssl.SSLWantReadError:
                await _ready(self._loop.add_reader, self._loop.remove_reader, secured.fileno())
            except ssl.SSLWantWriteError:
                await _ready(self._loop.add_writer, self._loop.remove_writer, secured.fileno())
        self.certificate = secured.getpeercert(binary_form=True)
        self._encrypted = True
        return secured

    @property
    def unfinished(self) -> bytes:
        """What has come of a packet or an answer that is not whole yet."""
        return self._rest

    def drop_unfinished(self) -> None:
        self._rest = b""

    def use_tick(self) -> None:
        """From now on the socket is read at the tick, together with all others."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._ticker.add(self.drain)

    def drain(self) -> None:
        """Read and parse all there is. Never blocks, never raises: failures go to `closed`."""
        try:
            for _ in range(READS_A_TICK):
                if not self._read_once():
                    break
            if self._unsent:
                self.send(b"")
        except CameraError as error:
            self.fail(error)
        except OSError as error:
            self.fail(CameraError(f"connection lost: {error.strerror or error}"))
        except Exception as error:  # noqa: BLE001 - logged, and told as the reason
            # A camera that breaks our own code must not take its neighbours along.
            _log.exception("reading a camera failed")
            self.fail(CameraError(f"internal error: {error}"))

    def _read_once(self) -> bool:
        """One buffer full at most; whether there may be more."""
        begin, end, is_open = len(self._rest), len(self._rest), True
        view = self._ticker.view
        view[:begin] = self._rest
        room = len(view)
        while is_open and end < room:
            count = self._receive(view[end:])
            is_open = count != 0
            if count is None or not is_open:
                break
            end += count
            if not self._encrypted and end < room:
                break
        if end > begin:
            consumed = self._parse(end, time.time())
            if consumed == 0 and end == room:
                raise CameraError("camera sends rubbish")
            self._rest = bytes(view[consumed:end])
        if not is_open:
            raise CameraError("camera closed the connection")
        return end == room

    def _receive(self, into: memoryview) -> int | None:
        """Bytes read, 0 at the end of the stream, None when there is nothing now."""
        if self._socket is None:
            return None
        try:
            return self._socket.recv_into(into)
        except _WAIT:
            return None

    def send(self, data: bytes) -> None:
        """Never waits: what the socket does not take goes out at the next ticks."""
        data = self._unsent + data
        if self._socket is None or not data:
            return
        try:
            sent = self._socket.send(data)
        except _WAIT:
            sent = 0
        except OSError as error:
            self.fail(CameraError(f"connection lost: {error.strerror or error}"))
            return
        self._unsent = data[sent:]
        if len(self._unsent) > MAX_UNSENT_BYTES:
            self.fail(CameraError("camera does not read what it is sent"))

    def fail(self, error: CameraError) -> None:
        if not self.closed.done():
            self.closed.set_exception(error)
        self._forget()

    def close(self) -> None:
        self._forget()
        own, self._socket = self._socket, None
        if own is not None:
            own.close()

    def _forget(self) -> None:
        self._ticker.discard(self.drain)
        if self._socket is not None and self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())


async def _connect(loop: asyncio.AbstractEventLoop, place: Place) -> socket.socket:
    """To the first address that answers, as IPv6 and IPv4 may both be there."""
    failure: OSError = OSError(f"{place.host} has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(
        place.host, place.port, type=socket.SOCK_STREAM
    ):
        plain = socket.socket(family, kind, protocol)
        plain.setblocking(False)
        try:
            async with asyncio.timeout(REACH_S):
                await loop.sock_connect(plain, address)
        except OSError as error:
            plain.close()
            failure = error
            continue
        except BaseException:
            plain.close()
            raise
        with contextlib.suppress(OSError):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain
    raise failure


async def _ready(
    add: Callable[[int, Callable[[], None]], None], remove: Callable[[int], bool], handle: int
) -> None:
    ready = asyncio.Event()
    add(handle, ready.set)
    try:
        await ready.wait()
    finally:
        remove(handle)


def _mark_as_seen(closed: asyncio.Future[None]) -> None:
    """The end of a connection that nobody waits for any more is no news."""
    if not closed.cancelled():
        closed.exception()
