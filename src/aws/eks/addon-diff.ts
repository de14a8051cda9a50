import type { Change } from '../../engine/adaptor.ts';
import type { AddonDesired, AddonState } from './addon-state.ts';

/** Pure. */
export function addonDiff(
  desired: AddonDesired,
  state: AddonState,
  recorded: readonly string[],
): readonly Change[] {
  const changes: Change[] = [];
  // Its pods are restarted.
  if (desired.version !== undefined && state.version !== desired.version)
    changes.push({ field: 'version', from: state.version, to: desired.version, risk: 'High' });
  // EKS does not try it again: "only deleting and re-creating the add-on will resolve" it (aws/containers-roadmap issue 1411).
  if (state.status === 'CREATE_FAILED' && state.awaitsNodes && desired.hasNodes === true)
    changes.push({
      field: 'status',
      from: state.status,
      to: 'ACTIVE',
      risk: 'High',
      replace: true,
      retry: true,
    });
  const wanted = desired.configuration ?? (recorded.includes('configuration') ? {} : undefined);
  if (wanted !== undefined && !sameConfiguration(state.configuration, wanted))
    changes.push({
      field: 'configuration',
      from: state.configuration || undefined,
      to: desired.configuration,
      // Its pods are restarted where it changes their template, which the schema of a configuration does not tell.
      risk: 'High',
    });
  // Nothing else ends that: EKS does not try again, and it may show what was asked for all the same.
  const isOver = state.status === 'UPDATE_FAILED' && (!state.awaitsNodes || desired.hasNodes === true);
  if (isOver && changes.length === 0)
    changes.push({ field: 'status', from: state.status, to: 'ACTIVE', risk: 'High', retry: true });
  return changes;
}

/** By meaning; no configuration and an empty one are the same. */
function sameConfiguration(text: string, wanted: Readonly<Record<string, unknown>>): boolean {
  if (text.trim() === '') return Object.keys(wanted).length === 0;
  try {
    return ordered(JSON.parse(text)) === ordered(wanted);
  } catch {
    return false;
  }
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
