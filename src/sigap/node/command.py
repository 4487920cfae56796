"""`sigap camera …` and `sigap node …`. `sigap.cli` mounts `camera_app` and `node_app`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sigap.node.errors import CameraError
from sigap.node.ingest.pins import CertificatePins
from sigap.node.recording.mend import check_all
from sigap.node.settings import NodeSettings
from sigap.node.simulate.certificate import self_signed_context
from sigap.node.simulate.clip import Clip, load_clip
from sigap.node.simulate.login import Login
from sigap.node.simulate.server import CameraSimulator

node_app = typer.Typer(help="The camera node's recordings.", no_args_is_help=True)
camera_app = typer.Typer(help="Cameras: simulate them.", no_args_is_help=True)


@camera_app.callback()
def camera() -> None:
    """Cameras."""


@camera_app.command("simulate")
def simulate(  # noqa: PLR0913 - each is an option of the command line
    clips: Annotated[list[str], typer.Argument(help="Clips to play: NAME=FILE or FILE.")],
    port: Annotated[int, typer.Option(help="RTSP port.")] = 8554,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    clock_port: Annotated[
        int, typer.Option(help="HTTP port that tells which picture went out when; 0: none.")
    ] = 0,
    login: Annotated[str, typer.Option(help="USER:PASSWORD that the cameras ask for.")] = "",
    tls_port: Annotated[
        int, typer.Option(help="Port for rtsps:// with a certificate of its own; 0: none.")
    ] = 0,
    h265: Annotated[
        bool, typer.Option("--h265", help="Play H.265 files as they are, not as H.264.")
    ] = False,
) -> None:
    """Play clips as RTSP cameras, in real time and in a loop, with AAC or G.711 sound.

    Faults by query, for example rtsp://127.0.0.1:8554/vtest/2?close=20&lose=0.01: stall=S close=S
    rubbish=S garbage=S corrupt=P truncate=P lose=P swap=P jump=S,BY restart=1 hang=1 noparam=1
    late=S start=FRAME change=S,NAME keepopen=1 away=S,FOR mute=S,FOR skew=S udp=1 nolist=1
    patience=S,METHOD nonce=S body=BYTES to=URL offer=CODEC
    """
    try:
        loaded = _load(clips, keep_h265=h265)
    except (CameraError, OSError) as error:
        typer.echo(f"Cannot play: {error}", err=True)
        raise typer.Exit(1) from error
    user, _, password = login.partition(":")
    ports = _Ports(host, port, tls_port, clock_port)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(CameraSimulator(loaded, login=Login(user, password)), ports))
    except OSError as error:
        typer.echo(f"Cannot listen on {host}:{port}: {error.strerror}", err=True)
        raise typer.Exit(1) from error


@camera_app.command("trust")
def trust(
    camera_place: Annotated[str, typer.Argument(metavar="HOST:PORT", help="The camera.")],
) -> None:
    """Forget a camera's certificate; the node trusts the one that it is shown next."""
    home = Path(os.environ.get("SIGAP_HOME", "var")).resolve()
    try:
        known = CertificatePins(home / "node" / "certificates.json").forget(camera_place)
    except CameraError as error:
        typer.echo(f"{error.reason}.", err=True)
        raise typer.Exit(1) from error
    typer.echo("Forgotten." if known else f"{camera_place} was not known.")


@node_app.callback()
def node() -> None:
    """The camera node."""


@node_app.command("check")
def check(
    mend: Annotated[bool, typer.Option("--mend", help="Repair what is found.")] = False,
) -> None:
    """Examine every recording. With --mend, cut what is damaged; stop the node first."""
    raise typer.Exit(check_recordings(NodeSettings.recordings_home(), mend=mend))


def check_recordings(root: Path, *, mend: bool) -> int:
    """Print what is wrong with the recordings below `root`; 1 when something stays wrong."""
    count = 0
    for found in check_all(root, mend=mend):
        count += 1
        done = f", {found.lost_bytes} bytes cut" if mend else ""
        if found.aside is not None:
            done = f", set aside as {found.aside.name}"
        typer.echo(f"{found.path}: {found.finding}{done}")
    typer.echo(f"{count} {'mended' if mend else 'found'}")
    return 1 if count and not mend else 0


@dataclass(frozen=True, slots=True)
class _Ports:
    """Where the simulator listens; 0: not."""

    host: str
    rtsp: int
    tls: int
    clock: int


def _load(arguments: list[str], *, keep_h265: bool) -> dict[str, Clip]:
    cache = Path(os.environ.get("SIGAP_HOME", "var")) / "cache" / "clips"
    loaded = {}
    for argument in arguments:
        name, separator, file = argument.partition("=")
        path = Path(file if separator else argument)
        name = name if separator else path.stem
        if not path.is_file():
            raise CameraError(f"{path}: no such file")
        loaded[name] = load_clip(name, path, cache, keep_h265=keep_h265)
    return loaded


async def _serve(simulator: CameraSimulator, ports: _Ports) -> None:
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        if ports.tls:
            await enter(simulator.listening(ports.host, ports.tls, tls=self_signed_context()))
        await enter(simulator.listening(ports.host, ports.rtsp))
        if ports.clock:
            await enter(simulator.telling_time(ports.host, ports.clock))
        for clip in simulator.cameras.clips.values():
            size = f"{clip.codec}, {len(clip.pictures)} pictures, {clip.fps:g} fps"
            typer.echo(f"rtsp://{ports.host}:{simulator.port}/{clip.name}  {size}")
        await asyncio.get_running_loop().create_future()
