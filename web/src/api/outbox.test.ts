import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from './errors';
import { outbox, type Entry } from './outbox';

const entry = (id: string, lane = 'a') => ({ id, lane, method: 'POST' as const, path: '/x', body: '{}' });
const offline = (): never => {
  throw new ApiError('offline', 0, '');
};

beforeEach(async () => {
  for (const { id } of await outbox.list()) await outbox.remove(id);
});

describe('outbox', () => {
  it('keeps everything while there is no link, then sends each once and in order', async () => {
    await outbox.add(entry('1'));
    await outbox.add(entry('2'));
    expect(await outbox.flush(offline as never)).toBe(0);
    expect((await outbox.list()).map((e) => e.id)).toEqual(['1', '2']);

    const seen: string[] = [];
    const send = async (e: Entry): Promise<void> => void seen.push(e.id);
    expect(await outbox.flush(send)).toBe(2);
    expect(await outbox.flush(send)).toBe(0);
    expect(seen).toEqual(['1', '2']);
  });

  it('holds a lane behind a refusal and lets other lanes pass', async () => {
    await outbox.add(entry('1', 'a'));
    await outbox.add(entry('2', 'a'));
    await outbox.add(entry('3', 'b'));
    const send = async (e: Entry): Promise<void> => {
      if (e.id === '1') throw new ApiError('invalid', 422, 'no');
    };
    expect(await outbox.flush(send)).toBe(1);
    const left = await outbox.list();
    expect(left.map((e) => [e.id, e.refused?.code])).toEqual([
      ['1', 'invalid'],
      ['2', undefined],
    ]);
  });

  it('keeps an entry when the session has ended', async () => {
    await outbox.add(entry('1'));
    await outbox.flush(async () => {
      throw new ApiError('not_logged_in', 401, '');
    });
    expect((await outbox.list())[0]?.refused).toBeUndefined();
  });
});
