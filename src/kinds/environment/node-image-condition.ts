import type { NodeImageState } from '../../aws/eks/node-image.ts';
import type { NodegroupState } from '../../aws/eks/nodegroup-state.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { madeCluster } from './cluster-spec.ts';
import { isBottlerocket } from './disks.ts';
import type { Input } from './node.ts';
import { NODE_IMAGE } from './nodes.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The age at which an image of nodes lacks too many of the fixes since. */
const OLD_IMAGE_DAYS = 60;

/** Whether nodes lack fixes that there are, and what helps. */
export function nodeImageOutdated({ spec }: Input, { seen, now }: ConditionsOf): readonly KindCondition[] {
  const nodes = seen.state<NodegroupState>('node-group');
  const { amiType = '', releaseVersion: release = '' } = nodes ?? {};
  const isPinned = madeCluster(spec)?.nodeGroup?.image !== 'Latest';
  const image = isPinned ? undefined : seen.state<NodeImageState>(NODE_IMAGE);
  const newest = image !== undefined && image.version === nodes?.version ? image.newest : undefined;
  const told = (
    status: KindCondition['status'],
    reason: string,
    message: string,
  ): readonly KindCondition[] => [{ type: 'NodeImageOutdated', status, reason, message }];
  const way = isPinned
    ? 'Set spec.kubernetes.nodeGroup.image: Latest, which replaces the nodes one part after the other'
    : latest(release, newest, image?.problem);
  if (isBottlerocket(amiType)) {
    // Such as 1.47.0-6154605b: a version and a commit.
    const says = `nodes run Bottlerocket ${release}`;
    if (newest === undefined) return told('Unknown', 'NoDate', `${says}, whose name has no date. ${way}`);
    if (newest === release) return told('False', 'Newest', `${says}. ${way}`);
    return told('True', 'ImageOld', `${says}. ${way}`);
  }
  // Amazon EKS User Guide, "Retrieve Amazon Linux AMI version information": it ends in the day of the build.
  const [, year, month, day] = /(\d{4})(\d{2})(\d{2})$/.exec(release) ?? [];
  if (year === undefined) return [];
  const isOld = now - Date.parse(`${year}-${month}-${day}`) > OLD_IMAGE_DAYS * DAY_MS;
  const message = `nodes run the image ${release}`;
  const unknown = image?.problem === undefined || isPinned ? '' : `. ${way}`;
  if (!isOld) return told('False', 'Recent', `${message}${unknown}`);
  const orRaise = isPinned ? ', or raise spec.kubernetes.version' : '';
  return told('True', 'ImageOld', `${message}, older than ${OLD_IMAGE_DAYS} days. ${way}${orRaise}`);
}

/** What becomes of it where the spec asks for the newest one. */
function latest(release: string, newest: string | undefined, problem: string | undefined): string {
  if (newest === release) return 'AWS recommends no newer one';
  if (newest !== undefined) return `AWS recommends ${newest}, which is to replace it`;
  return problem === undefined
    ? 'The next one comes with the version that nodes are on their way to'
    : `The newest one is not known: ${problem}`;
}
