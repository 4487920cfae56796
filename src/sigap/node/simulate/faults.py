"""What a simulated camera does wrong, read from the query of its URL. Used by `session`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

NEVER = float("inf")
MIN_DAMAGED_BYTES = 40
PROTECTED_BYTES = 12
FLIPPED_BITS = 8
_NUMBERS = {
    "stall": "stall_s",
    "close": "close_s",
    "rubbish": "rubbish_s",
    "garbage": "garbage_s",
    "late": "late_sets_s",
    "nonce": "nonce_s",
    "skew": "skew_s",
    "corrupt": "corrupt",
    "lose": "lose",
    "truncate": "truncate",
    "swap": "swap",
}
_SWITCHES = {
    "restart": "restart",
    "hang": "hang",
    "noparam": "no_parameters",
    "nolist": "no_list",
    "udp": "udp",
    "keepopen": "keep_open",
}
_SPANS = frozenset({"jump", "away", "mute"})
_PAIRS = _SPANS | {"change", "patience"}


@dataclass(frozen=True, slots=True)
class Faults:
    """Times in seconds of play; chances per RTP packet.

    `stall_s`: stop sending, keep the socket. `close_s`: close it. `corrupt`, `lose`: chance that a
    packet is damaged or left out. `jump`: (when, by how many seconds) the time stamps jump.
    `restart`: stamps and sequence numbers start anew at each loop. `hang`: never answer.
    `no_parameters`: none in the session description. `rubbish_s`: send random bytes from then on.
    `change`: (when, to which clip) the picture becomes another in mid-stream; where the codec
    changes too, the connection is closed, and the camera offers the other clip from then on,
    unless `keep_open`: then it goes on as if nothing were.
    `away`: (when, for how long) the camera closes and refuses every connection, as in a restart.
    `skew_s`: its clock in sender reports is wrong by so much. `udp`: it refuses RTP over TCP.
    `no_list`: OPTIONS names no methods. `truncate`: chance that a packet ends early. `swap`: chance
    that a packet leaves after the one that follows it. `mute`: (when, for how long) no sound comes.
    `late_sets_s`: no parameter sets before, neither in the description nor in the stream.
    `garbage_s`: once, at that time, some bytes that belong nowhere. `body`: the description is said
    to be so many bytes longer than it is. `patience`: (seconds, method) the session ends unless it
    hears that request in time; the other one is refused. `nonce_s`: how long a nonce holds.
    `to`: the camera sends clients there. `offer`: the codec that the description names.
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
    keep_open: bool = False
    truncate: float = 0.0
    swap: float = 0.0
    mute: tuple[float, float] = (NEVER, 0.0)
    late_sets_s: float = 0.0
    garbage_s: float = NEVER
    body: int = 0
    patience: tuple[float, str] = (NEVER, "")
    nonce_s: float = NEVER
    to: str = ""
    offer: str = ""

    @classmethod
    def parse(cls, query: str) -> Faults:
        """`stall=3&lose=0.02&jump=4,3600`. Raises ValueError on a number that is none."""
        given = dict(parse_qsl(query))
        pairs = {name: given.get(name, f"{NEVER},").partition(",") for name in _PAIRS}
        spans = {name: (float(pairs[name][0]), float(pairs[name][2] or 0)) for name in _SPANS}
        words = {name: (float(pairs[name][0]), pairs[name][2]) for name in _PAIRS - _SPANS}
        plain: dict[str, Any] = {
            **{field: float(given[name]) for name, field in _NUMBERS.items() if name in given},
            **{field: name in given for name, field in _SWITCHES.items()},
        }
        return cls(
            **plain,
            jump=spans["jump"],
            away=spans["away"],
            mute=spans["mute"],
            change=words["change"],
            patience=words["patience"],
            start_frame=int(given.get("start", 0)),
            seed=int(given.get("seed", 1)),
            body=int(given.get("body", 0)),
            to=given.get("to", ""),
            offer=given.get("offer", ""),
        )

    def loses(self, dice: random.Random) -> bool:
        return self.lose > 0 and dice.random() < self.lose

    def swaps(self, dice: random.Random) -> bool:
        return self.swap > 0 and dice.random() < self.swap

    def is_mute(self, elapsed_s: float) -> bool:
        return 0 <= elapsed_s - self.mute[0] < self.mute[1]

    def damaged(self, payload: bytes, dice: random.Random) -> bytes:
        """The payload, or a copy that ends early or has a few bits flipped behind its header."""
        if len(payload) <= MIN_DAMAGED_BYTES:
            return payload
        if self.truncate and dice.random() < self.truncate:
            return payload[: dice.randrange(1, len(payload))]
        if self.corrupt == 0 or dice.random() >= self.corrupt:
            return payload
        broken = bytearray(payload)
        for _ in range(FLIPPED_BITS):
            broken[dice.randrange(PROTECTED_BYTES, len(broken))] ^= 1 << dice.randrange(8)
        return bytes(broken)
