import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Schema {
  enum?: string[];
}
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const { schemas } = (read('../../openapi.json') as { components: { schemas: Record<string, Schema> } }).components;
const texts = Object.assign(
  {},
  ...['common', 'alarms', 'console'].map((face) => read(`../i18n/id/${face}.json`)),
) as Record<string, string>;

/** Enumerations of the core that the console writes in words, and the group of texts for each. */
const GROUPS: Record<string, string> = {
  SignalSource: 'source',
  SignalState: 'signal_state',
  IncidentState: 'incident_state',
  UnitStatus: 'unit_status',
  AssignmentState: 'assignment_state',
  TaskState: 'task_state',
  CameraState: 'camera_state',
  CameraPurpose: 'admin.purpose',
  Disposition: 'disposition',
  DismissReason: 'dismiss',
  CallClass: 'call.class',
  StreetClass: 'class',
  PlaceKind: 'place_kind',
  Reason: 'reason',
  RuleKind: 'zone',
  Colour: 'colour',
  Change: 'change',
  MeasureKind: 'measures',
  Verdict: 'verdict',
};

describe.each(Object.entries(GROUPS))('%s', (schema, group) => {
  const values = schemas[schema]?.enum ?? [];
  it('is known to the core', () => expect(values.length).toBeGreaterThan(0));
  it.each(values)('has a word for %s', (value) => expect(texts[`${group}.${value}`]).toBeTruthy());
});
