import type { Change } from '../../engine/adaptor.ts';
import { samePolicy } from '../policy.ts';
import { policyChange } from '../policy-change.ts';
import type { KeyDesired, KeyState } from './key-state.ts';

export function diff(desired: KeyDesired, state: KeyState): readonly Change[] {
  if (state.keyState === 'PendingDeletion' || state.keyState === 'Disabled') {
    return [{ field: 'keyState', from: state.keyState, to: 'Enabled', risk: 'Low' }];
  }
  if (state.keyState !== 'Enabled') return [];
  const changes: Change[] = [];
  if (state.description !== desired.description) {
    changes.push({ field: 'description', from: state.description, to: desired.description, risk: 'Low' });
  }
  if (!samePolicy(state.policy, desired.policy)) {
    changes.push({ field: 'policy', ...policyChange(state.policy, desired.policy), risk: 'Low' });
  }
  if (state.rotationPeriodDays !== desired.rotationPeriodDays) {
    changes.push({
      field: 'rotationPeriodDays',
      from: state.rotationPeriodDays,
      to: desired.rotationPeriodDays,
      risk: 'Low',
    });
  }
  return changes;
}
