// Texts of the interface. Each face registers its own catalogue; keys are typed by the Indonesian files.
type Common = typeof import('./id/common.json');
type Console = typeof import('./id/console.json');
type Alarms = typeof import('./id/alarms.json');
type Citizen = typeof import('./id/citizen.json');
type Officer = typeof import('./id/officer.json');
type Agency = typeof import('./id/agency.json');
type Evidence = typeof import('./id/evidence.json');
type Insight = typeof import('./id/insight.json');
type Keeping = typeof import('./id/keeping.json');
type Login = typeof import('./id/login.json');
type Setup = typeof import('./id/setup.json');
type Video = typeof import('./id/video.json');

interface Catalogues {
  common: Common;
  console: Console;
  alarms: Alarms;
  citizen: Citizen;
  officer: Officer;
  agency: Agency;
  evidence: Evidence;
  insight: Insight;
  keeping: Keeping;
  login: Login;
  setup: Setup;
  video: Video;
}
export type Face = keyof Catalogues;
export type Key = { [F in Face]: `${F}.${Extract<keyof Catalogues[F], string>}` }[Face];
export type Lang = 'id' | 'en';
export type Params = Record<string, string | number>;

const catalogues: Record<Lang, Record<string, string>> = { id: {}, en: {} };
const root = typeof document === 'undefined' ? null : document.documentElement;
const state = $state<{ lang: Lang }>({ lang: root?.lang === 'en' ? 'en' : 'id' });

/** Makes the texts of one face known; both languages must carry the same keys (catalogues.test.ts). */
export function register<F extends Face>(
  face: F,
  texts: { id: Catalogues[F]; en: Record<keyof Catalogues[F], string> },
): void {
  for (const lang of ['id', 'en'] as const) {
    for (const [key, text] of Object.entries<string>(texts[lang] as Record<string, string>)) {
      catalogues[lang][`${face}.${key}`] = text;
    }
  }
}

/** The text of a key in the language chosen: `{name}` is replaced, `{n|one|many}` picks by number. */
export function t(key: Key, params: Params = {}): string {
  return maybe(key, params) ?? key;
}

/** As `t` for keys that come from data (an error code, a category): null where no text is known. */
export function maybe(key: string, params: Params = {}): string | null {
  const text = catalogues[state.lang][key] ?? catalogues.id[key];
  return text === undefined ? null : fill(text, params);
}

export function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one, many) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (one === undefined) return String(value);
    return Number(value) === 1 ? one : many;
  });
}

export const lang = {
  get value(): Lang {
    return state.lang;
  },
  get locale(): string {
    return state.lang === 'id' ? 'id-ID' : 'en-GB';
  },
  set(value: Lang): void {
    state.lang = value;
    if (root) root.lang = value;
    try {
      localStorage.setItem('sigap.lang', value);
    } catch {
      // Storage may be closed (private window): the choice then lasts for this page.
    }
  },
};
