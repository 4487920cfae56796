// Asks the camera node, with leave signed by the core, to find cameras and to look at streams.
import { api, unwrap } from '@/api/client';
import type { components } from '@/api/schema';
import { maybe, t } from '@/i18n/index.svelte';

export type SetupAccess = components['schemas']['SetupOut'];

export interface FoundCamera {
  address: string;
  host: string;
  name: string;
  hardware: string;
  place: string;
}

export interface Profile {
  token: string;
  name: string;
  encoding: string;
  width: number;
  height: number;
  fps: number;
  audio: string;
  ptz: boolean;
  url: string;
}

export interface DeviceFacts {
  address: string;
  maker: string;
  model: string;
  profiles: Profile[];
  main: number | null;
  sub: number | null;
  ptz: boolean;
  clock_skew_s: number | null;
  snapshot: string | null;
}

export interface StreamFacts {
  codec: string;
  width: number;
  height: number;
  fps: number;
  audio: string;
  jpeg: string;
}

/** Why the node could not do it; `code` is one of a fixed list. */
export class NodeTrouble extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** What went wrong, and what to do next, in words. */
export function troubleWords(error: unknown): string {
  const code = error instanceof NodeTrouble ? error.code : 'no_node';
  return maybe(`setup.trouble.${code}`) ?? t('setup.trouble.other', { code });
}

const MARGIN_MS = 30_000;
let held: SetupAccess | null = null;

/** Leave for the city's node; asked once for some minutes, for every ask is a line in the log. */
export async function openSetup(): Promise<SetupAccess> {
  if (held && Date.parse(held.expires_at) - MARGIN_MS > Date.now()) return held;
  held = await unwrap(api.POST('/api/v1/cctv/cameras/setup-access', { body: {} }));
  return held;
}

/** Cameras as they answer. Ends by itself, or when `signal` says so. */
export async function discover(
  hosts: string,
  onfound: (camera: FoundCamera) => void,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL((await openSetup()).discover);
  url.searchParams.set('hosts', hosts);
  const answer = await ask(url.href, { signal });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const told = JSON.parse(line) as FoundCamera | { done: true };
      if ('address' in told) onfound(told);
    }
  }
}

export async function probeDevice(address: string, user: string, password: string): Promise<DeviceFacts> {
  return post<DeviceFacts>((await openSetup()).probe_device, { address, user, password });
}

export async function probeStream(source_url: string): Promise<StreamFacts> {
  return post<StreamFacts>((await openSetup()).probe_stream, { source_url });
}

export async function post<T>(url: string, body: unknown): Promise<T> {
  const answer = await ask(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as T;
}

export async function ask(url: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, credentials: 'omit' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new NodeTrouble('no_node');
  }
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => null)) as { code?: string } | null;
  throw new NodeTrouble(answer.status === 403 ? 'forbidden_page' : (told?.code ?? String(answer.status)));
}
