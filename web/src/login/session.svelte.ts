// Who is signed in, and in which city: loaded once by the staff pages.
import { api, unwrap } from '@/api/client';
import { ApiError } from '@/api/errors';
import type { City, Me } from '@/api/types';
import { setCityZone } from '@/design/format';

const state = $state<{ me: Me | null; city: City | null }>({ me: null, city: null });

export const session = {
  get me(): Me | null {
    return state.me;
  },
  /** Null for national roles. */
  get city(): City | null {
    return state.city;
  },
  may(permission: string): boolean {
    return permission in (state.me?.permissions ?? {});
  },
  /** Gives false where nobody is signed in; throws for every other trouble. */
  async load(): Promise<boolean> {
    try {
      const me = await unwrap(api.GET('/api/v1/me'));
      if (me.city_code !== null) {
        const city = (await unwrap(api.GET('/api/v1/city'))) as City;
        setCityZone(city.time_zone);
        state.city = city;
      }
      state.me = me;
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return false;
      throw error;
    }
  },
  forget(): void {
    state.me = state.city = null;
  },
};
