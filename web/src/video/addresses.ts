// The node's addresses of one camera, all made from one signed address: same camera, same token.
import { withQuery } from './grant';

export type What =
  'live' | 'play' | 'index' | 'motion' | 'thumb.jpg' | 'snapshot.jpg' | 'clip.mp4' | 'hls/live.m3u8' | 'ptz';

/** `signed` with its last step replaced by `what`; a socket's address becomes a page's and back. */
export function sibling(signed: string, what: What, query: Record<string, string> = {}): string {
  const url = new URL(signed, location.href);
  const token = url.searchParams.get('t') ?? '';
  const base = url.pathname.replace(/\/media\/([^/]+)\/.*$/, `/media/$1/${what}`);
  const scheme = what === 'live' ? url.protocol.replace('http', 'ws') : url.protocol.replace('ws', 'http');
  return withQuery(`${scheme}//${url.host}${base}`, { t: token, ...query });
}

export const iso = (ms: number): string => new Date(ms).toISOString();
