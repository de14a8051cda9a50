import type { Change } from '../../engine/adaptor.ts';
import { samePolicy } from '../policy.ts';
import { policyChange } from '../policy-change.ts';
import type { RoleDesired, RoleState } from './role.ts';

export function diff(desired: RoleDesired, state: RoleState): readonly Change[] {
  const changes: Change[] = [];
  const boundary = desired.permissionsBoundary;
  if (boundary !== undefined && state.permissionsBoundary !== boundary)
    changes.push({
      field: 'permissionsBoundary',
      from: state.permissionsBoundary,
      to: boundary,
      risk: 'Low',
    });
  if (!samePolicy(state.trust, desired.trust))
    changes.push({ field: 'trust', ...policyChange(state.trust, desired.trust), risk: 'Low' });
  const [from, to] = [sorted(state.managedPolicies), sorted(desired.managedPolicies)];
  if (from.join() !== to.join()) changes.push({ field: 'managedPolicies', from, to, risk: 'Low' });
  const [inlineFrom, inlineTo] = [Object.keys(state.inlinePolicies), Object.keys(desired.inlinePolicies)];
  const different = inlineTo.filter(
    name => !samePolicy(state.inlinePolicies[name], desired.inlinePolicies[name]),
  );
  const told = (name: string) => policyChange(state.inlinePolicies[name], desired.inlinePolicies[name]);
  if (different.length > 0 || inlineFrom.length !== inlineTo.length)
    changes.push({
      field: 'inlinePolicies',
      // The name alone would show no difference where the document has one.
      from: sorted(inlineFrom.map(name => (different.includes(name) ? `${name}: ${told(name).from}` : name))),
      to: sorted(inlineTo.map(name => `${name}: ${told(name).to}`)),
      risk: 'Low',
    });
  return changes;
}

function sorted(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort();
}
