// Which moment of the camera's day a place in the media is, and back. Fragments are laid end to end; each
// brings its own wall clock, so a camera whose clock runs a little off never drifts from the others.

interface Stretch {
  /** Seconds of media time. */
  from: number;
  to: number;
  /** Milliseconds of wall time. */
  wall: number;
}

const NEAR_S = 0.3;

export class WallMap {
  #stretches: Stretch[] = [];

  add(mediaS: number, durationS: number, wallMs: number): void {
    const to = mediaS + durationS;
    // What is appended again replaces what was there; a picture ends where the next begins.
    this.#stretches = this.#stretches
      .map((s) => (s.from < mediaS - 0.001 && s.to > mediaS ? { ...s, to: mediaS } : s))
      .filter((s) => s.to <= mediaS + 0.001 || s.from >= to - 0.001);
    this.#stretches.push({ from: mediaS, to, wall: wallMs });
    this.#stretches.sort((a, b) => a.from - b.from);
  }

  /** Forgets what lies wholly before. */
  trim(mediaS: number): void {
    this.#stretches = this.#stretches.filter((s) => s.to >= mediaS);
  }

  clear(): void {
    this.#stretches = [];
  }

  /** Wall time of a media place; null where nothing is known near. */
  wallAt(mediaS: number): number | null {
    const hit = this.#stretches.findLast((s) => s.from <= mediaS + 0.001);
    if (!hit) {
      const [first] = this.#stretches;
      return first && first.from - mediaS < NEAR_S ? first.wall : null;
    }
    return mediaS - hit.to > NEAR_S ? null : hit.wall + (Math.min(mediaS, hit.to) - hit.from) * 1000;
  }

  /** Media place of a wall time; null where it was not appended. */
  mediaAt(wallMs: number): number | null {
    const hit = this.#stretches.findLast((s) => s.wall <= wallMs + 1);
    if (!hit) {
      const [first] = this.#stretches;
      return first && first.wall - wallMs < NEAR_S * 1000 ? first.from : null;
    }
    const inside = hit.from + (wallMs - hit.wall) / 1000;
    return inside > hit.to + NEAR_S ? null : Math.min(inside, hit.to);
  }

  /** Wall time up to which pictures without a hole follow `wallMs`. */
  reachFrom(wallMs: number): number {
    let reach = wallMs;
    for (const s of this.#stretches) {
      const end = s.wall + (s.to - s.from) * 1000;
      if (s.wall <= reach + NEAR_S * 1000 && end > reach) reach = end;
    }
    return reach;
  }
}
