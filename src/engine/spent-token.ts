import type { Outcome } from './execute.ts';
import { entryAt, forgetEntry } from './inventory.ts';
import { observationKey } from './observation.ts';
import { adaptorOf, type Pass } from './pass-state.ts';
import type { Step } from './step.ts';

/**
 * Its token has served, by a status that was lost since: once AWS would show what was made with it, and shows nothing, that is gone.
 * Whatever the token made was made before it was first refused.
 */
export function isSpent(pass: Pass, { step, error }: Outcome): boolean {
  const adaptor = adaptorOf(pass, step.node, step.epoch);
  if (step.action !== 'create' || error?.tokenUsed !== true || adaptor?.createBy !== 'token') return false;
  const since = pass.ports.memory.tokenUsed(step.node, step.epoch);
  const look = pass.observations.get(observationKey(step.node, step.epoch));
  const isSure = look?.fresh === true && look.blind !== true && look.error === undefined;
  return isSure && look.found.length === 0 && pass.startedAt >= since + adaptor.settleMs;
}

/** The next epoch has another token. It is stored before it is used, as every epoch. */
export function skipEpoch(pass: Pass, { node, epoch }: Step): void {
  const entry = entryAt(pass.state.resources, node, epoch);
  if (entry === undefined) return;
  pass.state = { ...pass.state, resources: forgetEntry(pass.state.resources, entry, true) };
  const observations = new Map(pass.observations);
  observations.delete(observationKey(node, epoch));
  pass.observations = observations;
}
