import { type Entry, entryAt, newEntry, putEntry, recorded } from './inventory.ts';
import { choose, observationKey } from './observation.ts';
import { judge } from './owner.ts';
import { lookInput, type Pass, seenIn } from './pass-state.ts';
import type { Plan } from './plan.ts';
import { userTagKeys } from './record.ts';

/** Ids of resources that were found and proved ours, and dependencies and optional settings as they are now. */
export function recordFound(pass: Pass, plan: Plan): void {
  if (pass.subject.deletion !== 'None') return;
  let { resources } = pass.state;
  const seen = seenIn(pass);
  const { observations, owner, takeOver } = lookInput(pass);
  for (const view of plan.nodes) {
    const node = pass.graph.find(one => one.id === view.node);
    if (node === undefined || (node.role ?? 'owned') !== 'owned' || view.state === 'Conflict') continue;
    const entry = entryAt(resources, view.node, view.epoch);
    const found = choose(observations.get(observationKey(view.node, view.epoch)), entry?.id);
    if (found === undefined || (view.state === 'Pending' && entry?.id === undefined)) continue;
    const verdict = found.tags === 'inherited' ? 'ours' : judge(found.tags, owner, view.node, takeOver).is;
    if (verdict === 'foreign' || verdict === 'retained') continue;
    const steps = plan.steps.filter(step => step.node === view.node && step.duplicate !== true);
    // Not this object's before its tags say so.
    if (steps.some(step => step.action === 'take up' || step.action === 'adopt')) continue;
    const base = entry ?? newEntry(node, view.epoch);
    // Found after its create was begun and not answered: when it was made is not known, now is the latest.
    const createdAt =
      base.createdAt ?? (base.id === undefined ? new Date(pass.ports.now()).toISOString() : undefined);
    const converged = view.state === 'Ready' && steps.length === 0;
    const next = converged ? asConverged(base, node.dependsOn, keysOf()) : base;
    resources = putEntry(resources, recorded(next, found, createdAt));

    function keysOf(): readonly string[] {
      const adaptor = node === undefined ? undefined : pass.ports.adaptor(node.type);
      const optional = node === undefined ? [] : (adaptor?.optionalKeys?.(node.desired(seen)) ?? []);
      const tags = node === undefined || adaptor?.tag === undefined ? [] : userTagKeys(node);
      return [...new Set([...optional, ...tags])].sort();
    }
  }
  pass.state = { ...pass.state, resources };
}

function asConverged(entry: Entry, after: readonly string[], keys: readonly string[]): Entry {
  const { keys: _, ...bare } = entry;
  return { ...bare, after, ...(keys.length === 0 ? {} : { keys }) };
}
