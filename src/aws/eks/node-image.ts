import { CloudError } from '../../engine/errors.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';

export interface NodeImageDesired {
  /** Of Kubernetes. */
  readonly version: string;
  readonly amiType: string;
}

/** What AWS recommends for nodes of a version. */
export interface NodeImageState extends NodeImageDesired {
  /** As node groups name it: `1.34.2-20261101`. */
  readonly newest?: string;
  /** Why that is not known. */
  readonly problem?: string;
}

/**
 * The newest image of nodes: AWS's own, only looked at. That it cannot be read leaves nodes as they are, and is told: no
 * object is worse for it.
 */
export const nodeImageAdaptor: AwsAdaptor<NodeImageDesired, NodeImageState> = {
  type: 'eks/node-image',
  createBy: 'name',
  holdsData: false,
  settleMs: 0,
  async find(scope, _identity, { desired }) {
    if (desired === undefined) return [];
    const { version, amiType } = desired;
    const state = { version, amiType, ...(await look(scope, desired)) };
    return [{ id: `${version}/${amiType}`, tags: 'inherited', state }];
  },
  ...onlyRead('images of nodes are only looked at'),
  readiness: () => ({ is: 'ready' }),
};

async function look(
  { eksCatalog }: AwsScope,
  { version, amiType }: NodeImageDesired,
): Promise<Pick<NodeImageState, 'newest' | 'problem'>> {
  try {
    const newest = await eksCatalog.image(version, amiType);
    return newest === undefined
      ? { problem: `AWS recommends no image ${amiType} for Kubernetes ${version}` }
      : { newest };
  } catch (error) {
    if (error instanceof CloudError) return { problem: error.message };
    throw error;
  }
}
