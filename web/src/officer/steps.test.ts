import { describe, expect, it } from 'vitest';
import type { Entry } from '@/api/outbox';
import { ahead, waitingSteps, type FieldTask } from './steps';

const task = { assignment: { row: { id: 7, state: 'assigned' }, actions: [] }, next_step: 'accept' } as unknown as FieldTask;

function entry(path: string, body: object, more: Partial<Entry> = {}): Entry {
  return { id: path + JSON.stringify(body), lane: 'field', method: 'POST', path, body: JSON.stringify(body), createdAt: 1, ...more };
}
const step = (action: string, more: Partial<Entry> = {}): Entry =>
  entry('/api/v1/field/assignments/7/step', { action, happened_at: '2026-01-01T00:00:00Z' }, more);
const undo = entry('/api/v1/field/assignments/7/undo', { happened_at: '2026-01-01T00:00:03Z' });

describe('looking ahead of the core', () => {
  it('shows the state after the waiting steps', () => {
    const shown = ahead(task, waitingSteps([step('accept'), step('depart')]));
    expect(shown?.assignment.row.state).toBe('en_route');
    expect(shown?.assignment.row.en_route_at).toBe('2026-01-01T00:00:00Z');
    expect(shown?.next_step).toBe('arrive');
  });
  it('takes back an undone step', () => {
    expect(ahead(task, waitingSteps([step('accept'), undo]))?.assignment.row.state).toBe('assigned');
  });
  it('is done after the last step, and open again when that is undone', () => {
    const onScene = { ...task, assignment: { ...task.assignment, row: { ...task.assignment.row, state: 'on_scene' } } } as FieldTask;
    expect(ahead(onScene, waitingSteps([step('clear')]))).toBeNull();
    expect(ahead(onScene, waitingSteps([step('clear'), undo]))?.assignment.row.state).toBe('on_scene');
  });
  it('passes over refused steps and those of another task', () => {
    const refused = { code: 'wrong_state', status: 409, message: '' };
    const other = entry('/api/v1/field/assignments/8/step', { action: 'accept', happened_at: '' });
    expect(ahead(task, waitingSteps([step('accept', { refused }), other]))?.assignment.row.state).toBe('assigned');
  });
});
