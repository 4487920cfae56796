import { expect, test } from 'vitest';
import { LiveViews } from './live-views';

const WALL = { text: 'wall' };

function desk(refused: readonly number[] = []) {
  const many: number[][] = [];
  const one: number[] = [];
  const views = new LiveViews<string>(
    async (ids) => {
      many.push(ids);
      return new Map(ids.filter((id) => !refused.includes(id)).map((id) => [id, `address ${id}`]));
    },
    async (id) => {
      one.push(id);
      if (refused.includes(id)) throw new Error(`camera ${id} is switched off`);
      return `alone ${id}`;
    },
  );
  return { views, many, one };
}

test('tiles that open together ask together', async () => {
  const { views, many, one } = desk();
  const asked = [3, 1, 3, 2].map((id) => views.ask(id, WALL));
  expect(await Promise.all(asked)).toEqual(['address 3', 'address 1', 'address 3', 'address 2']);
  expect(many).toEqual([[3, 1, 2]]);
  expect(one).toEqual([]);
});

test('a camera that is left out tells its own reason, once', async () => {
  const { views, one } = desk([2]);
  const asked = [1, 2, 2].map((id) => views.ask(id, WALL));
  const settled = await Promise.allSettled(asked);
  expect(settled.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(String((settled[1] as PromiseRejectedResult).reason)).toContain('switched off');
  expect(one).toEqual([2]);
});

test('a lone tile asks for itself; purposes do not mix', async () => {
  const { views, many, one } = desk();
  await views.ask(7, WALL);
  const night = { text: 'wall', incidentId: 12 };
  await Promise.all([views.ask(1, WALL), views.ask(2, WALL), views.ask(3, night), views.ask(4, night)]);
  expect(one).toEqual([7]);
  expect(many).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('more than the core takes at once go in several requests', async () => {
  const { views, many } = desk();
  await Promise.all(Array.from({ length: 100 }, (_, id) => views.ask(id, WALL)));
  expect(many.map((ids) => ids.length)).toEqual([64, 36]);
});
