// Counts of moments in bins of time; the newest bin is the last and ends at `end`. Milliseconds.
export function perBin(moments: readonly number[], end: number, binMs: number, bins: number): number[] {
  const counts = Array<number>(bins).fill(0);
  for (const at of moments) {
    const bin = bins - 1 - Math.floor((end - at) / binMs);
    if (bin >= 0 && bin < bins) counts[bin]!++;
  }
  return counts;
}
