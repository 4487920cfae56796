// Short names for the schemas of the core that several folders use.
import type { components } from './schema';

type Schemas = components['schemas'];
export type SignalRow = Schemas['SignalRow'];
export type SignalDetail = Schemas['SignalDetail'];
export type SignalAlarms = Schemas['SignalAlarms'];
export type IncidentRow = Schemas['IncidentRow'];
export type IncidentDetail = Schemas['IncidentDetail'];
export type TimelineEntry = Schemas['TimelineEntry'];
export type Nearby = Schemas['Nearby'];
export type TaskRow = Schemas['TaskRow'];
export type UnitRow = Schemas['UnitRow'];
export type AssignmentRow = Schemas['AssignmentRow'];
export type Assignment = Schemas['AssignmentOut'];
export type RankedUnit = Schemas['RankedUnitOut'];
export type Finding = Schemas['FindingOut'];
export type CameraRow = Schemas['CameraRow'];
export type CameraDetail = Schemas['CameraDetail'];
export type NearCamera = Schemas['NearCamera'];
export type RuleRow = Schemas['RuleRow'];
export type Me = Schemas['Me'];
export type City = Schemas['CityOut'];
export type Category = Schemas['CategoryOut'];
export type FoundPlace = Schemas['FoundPlace'];
