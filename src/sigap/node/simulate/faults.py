"""What a simulated camera does wrong, read from the query of its URL. Used by `session`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from urllib.parse import parse_qsl

NEVER = float("inf")
MIN_DAMAGED_BYTES = 40
PROTECTED_BYTES = 12
FLIPPED_BITS = 8


@dataclass(frozen=True, slots=True)
class Faults:
    """Times in seconds of play; chances per RTP packet.

    `stall_s`: stop sending, keep the socket. `close_s`: close it. `corrupt`, `lose`: chance that a
    packet is damaged or left out. `jump`: (when, by how many seconds) the time stamps jump.
    `restart`: stamps and sequence numbers start anew at each loop. `hang`: never answer.
    `no_parameters`: none in the session description. `rubbish_s`: send random bytes from then on.
    `change`: (when, to which clip) the picture becomes another in mid-stream; where the codec
    changes too, the connection is closed, and the camera offers the other clip from then on.
    `away`: (when, for how long) the camera closes and refuses every connection, as in a restart.
    `skew_s`: its clock in sender reports is wrong by so much. `udp`: it refuses RTP over TCP.
    `no_list`: OPTIONS names no methods.
    """

    stall_s: float = NEVER
    close_s: float = NEVER
    rubbish_s: float = NEVER
    corrupt: float = 0.0
    lose: float = 0.0
    jump: tuple[float, float] = (NEVER, 0.0)
    change: tuple[float, str] = (NEVER, "")
    away: tuple[float, float] = (NEVER, 0.0)
    skew_s: float = 0.0
    restart: bool = False
    hang: bool = False
    no_parameters: bool = False
    no_list: bool = False
    udp: bool = False
    start_frame: int = 0
    seed: int = 1

    @classmethod
    def parse(cls, query: str) -> Faults:
        """`stall=3&lose=0.02&jump=4,3600`. Raises ValueError on a number that is none."""
        given = dict(parse_qsl(query))
        jump, change, away = (
            given.get(name, f"{NEVER},").partition(",") for name in ("jump", "change", "away")
        )
        return cls(
            stall_s=float(given.get("stall", NEVER)),
            close_s=float(given.get("close", NEVER)),
            rubbish_s=float(given.get("rubbish", NEVER)),
            corrupt=float(given.get("corrupt", 0)),
            lose=float(given.get("lose", 0)),
            jump=(float(jump[0]), float(jump[2] or 0)),
            change=(float(change[0]), change[2]),
            away=(float(away[0]), float(away[2] or 0)),
            skew_s=float(given.get("skew", 0)),
            restart="restart" in given,
            hang="hang" in given,
            no_parameters="noparam" in given,
            no_list="nolist" in given,
            udp="udp" in given,
            start_frame=int(given.get("start", 0)),
            seed=int(given.get("seed", 1)),
        )

    def loses(self, dice: random.Random) -> bool:
        return self.lose > 0 and dice.random() < self.lose

    def damaged(self, payload: bytes, dice: random.Random) -> bytes:
        """The payload, or a copy with a few bits flipped behind its header."""
        if len(payload) <= MIN_DAMAGED_BYTES or self.corrupt == 0 or dice.random() >= self.corrupt:
            return payload
        broken = bytearray(payload)
        for _ in range(FLIPPED_BITS):
            broken[dice.randrange(PROTECTED_BYTES, len(broken))] ^= 1 << dice.randrange(8)
        return bytes(broken)
