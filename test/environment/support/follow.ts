import { KINDS } from '../../../src/kinds/all.ts';
import type { Kind } from '../../../src/kinds/kind.ts';
import type { Cluster } from '../../support/cluster.ts';
import type { End } from '../../support/life.ts';
import { kindsWith, WITH_LESS, WITH_MORE } from '../../support/release.ts';
import type { Acting, Stage } from '../../support/stage.ts';

/** Of the operator that follows, by what its defaults are. */
export const RELEASES: readonly (readonly [string, readonly Kind[]])[] = [
  ['the same', KINDS],
  ['less', kindsWith(WITH_LESS)],
  ['more', kindsWith(WITH_MORE)],
];

/** An operator in a cluster whose administrator says that another one is gone; undefined: says nothing. */
export function follow(
  stage: Stage,
  cluster: Cluster,
  gone: Cluster | undefined,
  kinds: readonly Kind[] = KINDS,
  kill?: End,
): Promise<Acting> {
  const takeOverFrom = gone === undefined ? [] : [gone.uid];
  return stage.operator({ in: cluster, settings: { takeOverFrom }, kinds, ...(kill && { kill }) });
}
