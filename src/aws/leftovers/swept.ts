import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import type { Found, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';

/** What for. */
export interface SweptDesired {
  /** Ends in a hash over installation, account, environment and object, so that no two objects ever have the same. */
  readonly clusterName: string;
}

/** In a VPC. */
export interface LeftoversDesired extends SweptDesired {
  readonly vpcId: string;
}

interface Swept<S, D> {
  readonly type: string;
  /** All that is provably left, and what is on its way out with it. `id`s are AWS's. */
  find(scope: AwsScope, desired: D): Promise<readonly Omit<Found<S>, 'tags'>[]>;
  remove(scope: AwsScope, found: Found<S>, desired: D): Promise<void>;
  /** Undefined: it can be removed. */
  progress?(state: S): Extract<Readiness, { is: 'in progress' }> | undefined;
}

/** The adaptor of a `swept` node, which finds and removes and never makes anything. */
export function sweptAdaptor<S, D extends SweptDesired = LeftoversDesired>({
  type,
  find,
  remove,
  progress,
}: Swept<S, D>): AwsAdaptor<D, S> {
  return {
    type,
    createBy: 'name',
    nameScope: 'region',
    holdsData: false,
    // What is not shown any more while AWS still has it holds the subnet, which names it.
    settleMs: 0,
    async find(scope, _identity, { desired }) {
      if (desired === undefined) return [];
      const found = await find(scope, desired);
      // Nobody is asked about clusters for nothing.
      if (found.length > 0) await refuseLiving(scope, desired);
      return found.map(one => ({ ...one, tags: 'inherited' }));
    },
    diff: () => [],
    create: neverMade,
    update: neverMade,
    async remove(scope, found, { desired }) {
      if (desired !== undefined) await remove(scope, found, desired);
    },
    readiness: state => progress?.(state) ?? { is: 'ready' },
  };
}

async function neverMade(): Promise<never> {
  throw new CloudError('Unknown', 'what a cluster left is only removed');
}

/** The object's own cluster is gone before anything is looked for: one that is there is another's, with all it uses. */
async function refuseLiving({ eks, listings }: AwsScope, { clusterName }: SweptDesired): Promise<void> {
  const living = await listings.get(`eks/living ${clusterName}`, 'shared', () =>
    orAbsent(eks.send(new DescribeClusterCommand({ name: clusterName }))),
  );
  if (living === undefined) return;
  throw new CloudError(
    'Conflict',
    `an EKS cluster ${clusterName} exists and is not this object's: what has its tags is not touched`,
  );
}
