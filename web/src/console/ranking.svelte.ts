// The routes of the ranked units of the selected incident, for the map: the best ones drawn with their ETA.
import type { IncidentRow, RankedUnit } from '@/api/types';
import { duration } from '@/design/format';
import type { MapRoute } from '@/map/types';
import { loadRoute } from './queries';

const DRAWN = 3;
const state = $state<{ routes: MapRoute[] }>({ routes: [] });
let asked = '';

export const ranking = {
  get routes(): readonly MapRoute[] {
    return state.routes;
  },
  /** Draws the ways of the first units; asks the core only for what changed. */
  show(incident: IncidentRow, units: readonly RankedUnit[]): void {
    const first = units.slice(0, DRAWN);
    const wanted = `${incident.id}:${incident.lat},${incident.lon}:${first.map((u) => `${u.unit.id}@${u.eta_s}`).join()}`;
    if (wanted === asked) return;
    asked = wanted;
    void Promise.all(first.map((unit, at) => draw(incident.id, unit, at === 0))).then((routes) => {
      if (asked === wanted) state.routes = routes.filter((route) => route !== null);
    });
  },
  clear(): void {
    asked = '';
    state.routes = [];
  },
};

async function draw(incidentId: number, { unit, eta_s }: RankedUnit, best: boolean): Promise<MapRoute | null> {
  try {
    const { line } = await loadRoute(unit.id, incidentId);
    const label = `${unit.call_sign} ${eta_s === null ? '' : duration(eta_s)}`;
    return { id: String(unit.id), label, best, line: line as [number, number][] };
  } catch {
    // No way by road, or no link: the list says the same in words; the map shows no line.
    return null;
  }
}
