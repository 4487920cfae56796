"""`sigap evidence …`. `sigap.cli` mounts `evidence_app`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sigap.node.evidence.verify import Verdict, as_json, verify

evidence_app = typer.Typer(help="Evidence: check exported recordings.", no_args_is_help=True)


@evidence_app.callback()
def evidence() -> None:
    """Evidence."""


@evidence_app.command("verify")
def check(
    export: Annotated[Path, typer.Argument(help="The export: a folder or the ZIP.")],
    chain: Annotated[
        list[Path] | None,
        typer.Option(help="Another export of the city (folder, ZIP, manifest); may be repeated."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The city's public key, as the command centre publishes it.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Say whether an export is as it was made. The exit status is 1 when it is not."""
    verdict = verify(export, others=chain or [], key=key)
    typer.echo(as_json(verdict) if json else _as_text(verdict))
    raise typer.Exit(0 if verdict.is_good else 1)


def _as_text(verdict: Verdict) -> str:
    lines = []
    if verdict.manifest_sha256:
        lines += [
            f"Export {verdict.number} of {verdict.city}",
            f"manifest SHA-256  {verdict.manifest_sha256}",
            f"signing key       {verdict.signing_key}",
            f"films unchanged   {verdict.files}",
        ]
    if len(verdict.chain) > 1:
        lines.append("chain             " + " → ".join(map(str, verdict.chain)))
    lines += [f"! {found.name}: {found.words}" for found in verdict.faults]
    lines += [f"  {note}" for note in verdict.notes]
    lines.append("GOOD: nothing was changed." if verdict.is_good else "BAD: see above.")
    return "\n".join(lines)
