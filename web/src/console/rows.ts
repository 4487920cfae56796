// The console's rows out of the live board, sorted for the queue. Reads reactive maps: call in $derived.
import type { AssignmentRow, CameraRow, IncidentRow, SignalRow, TaskRow, UnitRow } from '@/api/types';
import { board } from '@/stream/board.svelte';

const rows = <R>(table: keyof typeof board.tables): R[] => [...board.tables[table].values()] as R[];

export const signals = (): SignalRow[] => rows<SignalRow>('signals');
export const incidents = (): IncidentRow[] => rows<IncidentRow>('incidents');
export const units = (): UnitRow[] => rows<UnitRow>('units');
export const cameras = (): CameraRow[] => rows<CameraRow>('cameras');
export const tasks = (): TaskRow[] => rows<TaskRow>('tasks');
export const assignments = (): AssignmentRow[] => rows<AssignmentRow>('assignments');

export const signal = (id: number): SignalRow | undefined =>
  board.tables.signals.get(String(id)) as SignalRow | undefined;
export const incident = (id: number): IncidentRow | undefined =>
  board.tables.incidents.get(String(id)) as IncidentRow | undefined;
export const unit = (id: number): UnitRow | undefined => board.tables.units.get(String(id)) as UnitRow | undefined;
export const camera = (id: number): CameraRow | undefined =>
  board.tables.cameras.get(String(id)) as CameraRow | undefined;

export type Entry = { kind: 'signal'; row: SignalRow } | { kind: 'incident'; row: IncidentRow };

export const entryKey = (entry: Entry): string => `${entry.kind}-${entry.row.id}`;

/** Waiting signals by priority, untouched before taken, the oldest first. */
export function signalEntries(list: readonly SignalRow[]): Entry[] {
  return [...list]
    .sort(
      (a, b) =>
        a.priority - b.priority ||
        Number(a.state !== 'new') - Number(b.state !== 'new') ||
        a.received_at.localeCompare(b.received_at),
    )
    .map((row) => ({ kind: 'signal', row }));
}

/** Live incidents by priority, the oldest first. */
export function incidentEntries(list: readonly IncidentRow[]): Entry[] {
  return [...list]
    .sort((a, b) => a.priority - b.priority || a.received_at.localeCompare(b.received_at))
    .map((row) => ({ kind: 'incident', row }));
}

export const FREE: readonly string[] = ['available', 'returning'];
