// Who works here and in which city; loaded once before the console opens.
import { api, unwrap } from '@/api/client';
import type { City, Me } from '@/api/types';
import { setCityZone } from '@/design/format';

interface Session {
  me: Me;
  city: City;
}

const state = $state<{ value: Session | null }>({ value: null });

export const session = {
  get value(): Session {
    if (!state.value) throw new Error('the session is read before it was loaded');
    return state.value;
  },
  get me(): Me {
    return session.value.me;
  },
  get city(): City {
    return session.value.city;
  },
  may(permission: string): boolean {
    return permission in (state.value?.me.permissions ?? {});
  },
  async load(): Promise<void> {
    const me = await unwrap(api.GET('/api/v1/me'));
    const city = await unwrap(api.GET('/api/v1/city'));
    setCityZone(city.time_zone);
    state.value = { me, city: city as City };
  },
};
