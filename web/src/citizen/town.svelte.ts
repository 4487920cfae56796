// The city the citizen reports to: chosen once, kept on this phone with what its pages need, also without a link.
import { api, unwrap } from '@/api/client';
import type { components } from '@/api/schema';
import { setCityZone } from '@/design/format';
import { memory } from './memory';

type Schemas = components['schemas'];
export type CityInfo = Schemas['CityInfo'];
export type CityName = Schemas['CityName'];
export type OfferedCategory = Schemas['OfferedCategory'];

const state = $state<{ cities: CityName[]; info: CityInfo | null; error: unknown; loading: boolean }>({
  cities: [],
  info: null,
  error: null,
  loading: true,
});

export const town = {
  get cities(): CityName[] {
    return state.cities;
  },
  get info(): CityInfo | null {
    return state.info;
  },
  get error(): unknown {
    return state.error;
  },
  get loading(): boolean {
    return state.loading;
  },
  get emergencyNumber(): string {
    return state.info?.emergency_number ?? '112';
  },
  /** Several cities, and none chosen yet. */
  get mustChoose(): boolean {
    return !state.info && state.cities.length > 1;
  },

  async load(wanted?: string): Promise<void> {
    const kept = memory.city();
    if (kept && (!wanted || wanted === kept.code)) use(kept);
    state.loading = true;
    state.error = null;
    try {
      state.cities = await unwrap(api.GET('/api/v1/public/cities'));
      const code = wanted ?? kept?.code ?? (state.cities.length === 1 ? state.cities[0]!.code : undefined);
      if (state.cities.some((city) => city.code === code)) await choose(code!);
      else state.info = null;
    } catch (error) {
      state.error = error;
    } finally {
      state.loading = false;
    }
  },
  choose,
  /** Forgets the choice, to make another. */
  leave(): void {
    state.info = null;
  },
};

async function choose(code: string): Promise<void> {
  state.error = null;
  try {
    const answer = api.GET('/api/v1/public/{city_code}/info', { params: { path: { city_code: code } } });
    // The generated types know no tuples: the box has four numbers.
    use((await unwrap(answer)) as CityInfo);
  } catch (error) {
    state.error = error;
  }
}

function use(info: CityInfo): void {
  state.info = info;
  setCityZone(info.time_zone);
  memory.keepCity(info);
}
