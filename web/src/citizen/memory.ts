// What this phone remembers: the city, and the codes of the reports sent from it. Never names or numbers.
import type { CityInfo } from './town.svelte';

export interface KeptReport {
  code: string;
  category: string;
  sentAt: string;
}

const CITY = 'sigap.city';
const REPORTS = 'sigap.reports';
const KEPT = 50;

export const memory = {
  city: (): CityInfo | null => read<CityInfo | null>(CITY, null),
  keepCity: (info: CityInfo): void => write(CITY, info),
  reports: (): KeptReport[] => read<KeptReport[]>(REPORTS, []),
  keepReport(report: KeptReport): void {
    const others = memory.reports().filter((kept) => kept.code !== report.code);
    write(REPORTS, [report, ...others].slice(0, KEPT));
  },
  forgetReport(code: string): void {
    write(REPORTS, memory.reports().filter((kept) => kept.code !== code));
  },
};

function read<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(key);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be closed or full: the code stands on the page, the citizen can note it.
  }
}
