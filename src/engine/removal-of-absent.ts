import type { Found } from './adaptor.ts';
import { keptOfOthers, type Leaving, type Removal, verdictOf } from './leaving.ts';
import type { Observation } from './observation.ts';
import { CLUSTER_TAG, judge, namesAnother, RETAINED_TAG } from './owner.ts';
import type { NodeView } from './plan.ts';
import { leftBehind, standingOf } from './removal-users.ts';
import { isUntaggedYet, revival, settlingRemoval, settlingReturn } from './settling.ts';

/** Nothing of ours is shown: it is gone, or not to be seen yet or any more, or not ours by its tags. Pure. */
export function removalOfAbsent(of: Leaving, observation: Observation): Removal {
  const { input, entry, adaptor, at } = of;
  const seen = observation.found.length > 0 && observation.notYet !== true;
  const untagged = observation.found.some(found => isUntaggedYet(input, adaptor, at, entry, found));
  const againInMs =
    seen && !untagged ? settlingReturn(input, adaptor, entry) : settlingRemoval(input, adaptor, entry);
  if (againInMs !== undefined) {
    const isKnown = entry.id !== undefined || entry.createdAt !== undefined;
    const made = isKnown ? 'was created a moment ago' : 'may have been created a moment ago';
    const message = `not visible in AWS; it ${made}, so it counts as gone only if it stays invisible`;
    return { view: { ...at, state: 'Deleting', message, againInMs } };
  }
  const strange = strippedOf(of);
  if (strange !== undefined) return { view: strange };
  const left = leftBehind(input, entry);
  if (left !== undefined) return { view: viewOfLeft(of, left) };
  const revivedInMs = revival(input, entry);
  if (revivedInMs === undefined) {
    const others = ofOtherCluster(of, observation);
    return others === undefined ? { forget: true } : { view: others };
  }
  const message = `is gone; AWS may re-create it to deliver pending data, so it is watched until ${entry.revivesUntil}`;
  return { view: { ...at, state: 'Deleting', message, againInMs: revivedInMs } };
}

/**
 * Of an object that lives on: the one on record is there and its tags do not prove it any more. Forgotten, it would go on in AWS
 * with nobody's word, and what it uses would go. Who gives it to another object, or keeps it on purpose, says so in its tags.
 */
function strippedOf({ input, entry, at }: Leaving): NodeView | undefined {
  const standing = input.deletion === 'None' ? standingOf(input, entry) : undefined;
  if (standing === undefined) return undefined;
  const { found, tags, verdict } = standing;
  if (verdict.is !== 'foreign') return undefined;
  if (tags[RETAINED_TAG] !== undefined || namesAnother(tags, input.owner, entry.node)) return undefined;
  const name = entry.arn ?? found.id;
  const cluster = tags[CLUSTER_TAG];
  const isElsewhere = cluster !== undefined && cluster !== input.owner.cluster;
  const back = isElsewhere ? '' : 'put them back to have it removed, or ';
  const message = `${name} is not wanted any more, and is not this object's by its tags: ${verdict.why}; ${back}tag it ${RETAINED_TAG}=yes to have it left there`;
  return { ...at, state: 'Conflict', message };
}

/**
 * Nothing is on record, and what bears all tags of this object is another cluster's: perhaps of the one that this one was rebuilt
 * from. Who deletes the object would take it for gone.
 */
function ofOtherCluster({ input, entry, at }: Leaving, { found }: Observation): NodeView | undefined {
  if (input.deletion === 'None' || entry.id !== undefined) return undefined;
  const named = found.flatMap(({ arn, id, tags }) => {
    if (tags === 'inherited') return [];
    const verdict = judge(tags, input.owner, entry.node, input.takeOver);
    const here = judge({ ...tags, [CLUSTER_TAG]: input.owner.cluster }, input.owner, entry.node, []);
    if (verdict.is !== 'foreign' || here.is === 'foreign') return [];
    return [`${arn ?? id} (${verdict.why})`];
  });
  return named.length === 0 ? undefined : keptOfOthers(at, named);
}

/** It is told, or nobody would look for what goes on there. */
function viewOfLeft(of: Leaving, found: Found): NodeView {
  const verdict = verdictOf(of, found);
  const name = of.entry.arn ?? found.arn ?? found.id;
  if (verdict.is !== 'foreign') return { ...of.at, state: 'Kept', message: `${name} stays in AWS` };
  const note = `not removed, because it is not this object's any more: ${verdict.why}`;
  return { ...of.at, state: 'Kept', message: `${name} stays in AWS: ${note}`, note };
}
