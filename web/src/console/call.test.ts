import { describe, expect, it } from 'vitest';
import type { Category } from '@/api/types';
import { blankCall, matchCategories, problems, toCall } from './call';

const category = (code: string, name_id: string, name_en: string, emergency: boolean, priority: number): Category =>
  ({ code, name_id, name_en, emergency, priority }) as Category;

describe('problems', () => {
  it('asks a normal call for what and where, words being enough for where', () => {
    expect(Object.keys(problems(blankCall()))).toEqual(['category', 'place']);
    expect(problems({ ...blankCall(), category: 'fire', placeText: 'depan masjid' })).toEqual({});
  });
  it('saves a silent or prank call as it is', () => {
    expect(problems({ ...blankCall(), callClass: 'prank' })).toEqual({});
    expect(problems({ ...blankCall(), callClass: 'prank', number: 'abc' })).toHaveProperty('number');
  });
});

it('sends no place or category with a call that is no emergency', () => {
  const draft = { ...blankCall(), callClass: 'ghost' as const, category: 'fire', place: { lat: 1, lon: 2 } };
  expect(toCall(draft, 'x')).toMatchObject({ category: null, place: null, priority: null });
});

it('finds categories by the beginning of any word, in both languages, emergencies first', () => {
  const all = [
    category('flood', 'Genangan air', 'Standing water', false, 4),
    category('fire', 'Kebakaran', 'Fire', true, 1),
    category('flood-emergency', 'Banjir darurat', 'Flood emergency', true, 1),
  ];
  expect(matchCategories(all, 'keb').map((c) => c.code)).toEqual(['fire']);
  expect(matchCategories(all, 'dar').map((c) => c.code)).toEqual(['flood-emergency']);
  expect(matchCategories(all, 'f').map((c) => c.code)).toEqual(['fire', 'flood-emergency']);
});
