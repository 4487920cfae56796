// Days as the core counts them: "2026-11-23", of the city's own calendar.

/** The day of a moment in a time zone. */
export function dayOf(at: Date, zone: string): string {
  // The Swedish way of writing dates is the ISO one.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);
}

export function daysBefore(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}
