import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import texts from '@/i18n/id/common.json';

const core = fileURLToPath(new URL('../../../src/sigap', import.meta.url));
const REFUSED = /\b(?:Conflict|Invalid|TooLarge|Unavailable)\(\s*"([a-z_]+)"/g;

/** Codes that only the camera node sees, never a person. */
const FOR_NODES = new Set(['old_epoch', 'key_too_long', 'too_many_steps', 'bad_box']);

it('has a sentence for every refusal of the core', () => {
  const files = pythonFiles();
  expect(files.length).toBeGreaterThan(20);
  const codes = new Set(files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(REFUSED)].map((m) => m[1]!)));
  const silent = [...codes].filter((code) => !FOR_NODES.has(code) && !(`error.${code}` in texts));
  expect(silent.sort()).toEqual([]);
});

function pythonFiles(): string[] {
  return readdirSync(core, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.py') && !/(^|\/)test_/.test(path))
    .map((path) => `${core}/${path}`);
}
