// Statuses that a person sets directly, by the present one; the others follow from assignments.
// The core decides (dispatch/transitions.py, SET_BY_HAND); this only offers what it would allow.
import type { UnitRow } from '@/api/types';

type Status = UnitRow['status'];

export const BY_HAND: Partial<Record<Status, readonly Status[]>> = {
  off_duty: ['available', 'out_of_service'],
  available: ['returning', 'off_duty', 'out_of_service'],
  returning: ['available', 'off_duty', 'out_of_service'],
  out_of_service: ['available', 'off_duty'],
  on_scene: ['transporting'],
  transporting: ['at_hospital'],
};
