import { beforeEach, describe, expect, it } from 'vitest';
import type { CameraDetail } from '@/api/types';
import enCommon from '@/i18n/en/common.json';
import enConsole from '@/i18n/en/console.json';
import enSetup from '@/i18n/en/setup.json';
import idCommon from '@/i18n/id/common.json';
import idConsole from '@/i18n/id/console.json';
import idSetup from '@/i18n/id/setup.json';
import { lang, register } from '@/i18n/index.svelte';
import { advice, facts } from './camera-facts';

const detail = (changes: Partial<CameraDetail> = {}): CameraDetail =>
  ({
    camera: { width: 1920, height: 1080, fps: 25 },
    codec: 'avc1.640028',
    audio_codec: '',
    recorded_bytes: 2_340_000_000,
    key_interval_s: 2,
    clock_skew_s: null,
    critical: false,
    analysis_state: 'on',
    analysis_dropped: 0,
    decode_level: 'keyframes',
    ...changes,
  }) as CameraDetail;

beforeEach(() => {
  register('setup', { id: idSetup, en: enSetup });
  register('console', { id: idConsole, en: enConsole });
  register('common', { id: idCommon, en: enCommon });
  lang.set('en');
});

describe('what a camera delivers', () => {
  it('is told in words', () => {
    expect(facts(detail()).map((fact) => fact.text)).toEqual([
      '1920×1080 · 25 pictures/s · H.264',
      '2 s',
      'none',
      '2.3 GB',
      'watching (nothing moves)',
    ]);
  });

  it('is left out as long as nobody knows', () => {
    const unknown = detail({ key_interval_s: 0, recorded_bytes: 0, analysis_state: '' });
    unknown.camera.width = 0;
    expect(facts(unknown).map((fact) => fact.text)).toEqual(['none', 'off']);
  });
});

describe('advice', () => {
  it('is silent about a camera that is well set up', () => {
    expect(advice(detail())).toEqual([]);
    expect(advice(detail({ clock_skew_s: -2 }))).toEqual([]);
  });

  it('names key frames that are far apart, unless every picture is decoded', () => {
    expect(advice(detail({ key_interval_s: 10 }))[0]).toMatch(/^Key frames come only every 10 s/);
    expect(advice(detail({ key_interval_s: 10, critical: true }))).toEqual([]);
  });

  it('names a wrong clock and which way', () => {
    expect(advice(detail({ clock_skew_s: -3600 }))[0]).toMatch(/1 h 00 m behind/);
    expect(advice(detail({ clock_skew_s: 75 }))[0]).toMatch(/1 m 15 s ahead/);
  });

  it('puts what fails first', () => {
    const told = advice(detail({ analysis_state: 'overloaded', key_interval_s: 10 }));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^Its node cannot analyse everything/);
  });
});
