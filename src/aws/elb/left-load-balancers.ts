import { DeleteLoadBalancerCommand as DeleteClassicCommand } from '@aws-sdk/client-elastic-load-balancing';
import { DeleteLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import { isLeftOf, madeFor } from '../leftovers/proof.ts';
import { type LeftoversDesired, sweptAdaptor } from '../leftovers/swept.ts';
import type { AwsScope } from '../scope.ts';
import {
  type LoadBalancer,
  listClassicLoadBalancers,
  listLoadBalancers,
  tagsOfArns,
  tagsOfNames,
} from './read.ts';

interface LeftLoadBalancer {
  readonly name: string;
}

/** Application and network load balancers that a cluster's Services and Ingresses had. */
export const leftLoadBalancersAdaptor = sweptAdaptor<LeftLoadBalancer>({
  type: 'elbv2/left-load-balancers',
  find: (scope, desired) => find(scope, desired, listLoadBalancers, tagsOfArns),
  async remove({ elbv2 }, { id, name = id }) {
    try {
      await orAbsent(elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: id })));
    } catch (error) {
      throw isForbidden(error) ? keptBySomebody(name, error) : error;
    }
  },
});

/** Those of Services in a cluster without a load balancer controller. */
export const leftClassicLoadBalancersAdaptor = sweptAdaptor<LeftLoadBalancer>({
  type: 'elb/left-load-balancers',
  find: (scope, desired) => find(scope, desired, listClassicLoadBalancers, tagsOfNames),
  async remove({ elb }, { state }) {
    await orAbsent(elb.send(new DeleteClassicCommand({ LoadBalancerName: state.name })));
  },
});

async function find(
  scope: AwsScope,
  { vpcId, clusterName }: LeftoversDesired,
  list: (scope: AwsScope) => Promise<readonly LoadBalancer[]>,
  tagsOf: (scope: AwsScope, ids: readonly string[]) => Promise<ReadonlyMap<string, Tags>>,
) {
  const here = (await list(scope)).filter(one => one.vpcId === vpcId);
  const tags = await tagsOf(
    scope,
    here.map(one => one.id),
  );
  return here.flatMap(({ id, name }) => {
    const own = tags.get(id) ?? {};
    if (!isLeftOf(clusterName, own)) return [];
    const object = madeFor(own);
    return {
      id,
      name: `load balancer ${name}${object === undefined ? '' : ` of ${object}`}`,
      state: { name },
    };
  });
}

/** Elastic Load Balancing API Reference, DeleteLoadBalancer: "You can't delete a load balancer if deletion protection is enabled". */
function isForbidden(error: unknown): error is CloudError {
  return error instanceof CloudError && error.code.startsWith('OperationNotPermitted');
}

/** Somebody wanted it to stay: that is for a person to undo. */
function keptBySomebody(resource: string, cause: CloudError): CloudError {
  const reason = 'its deletion protection is on; turn it off, or delete it by hand';
  return new CloudError('Blocked', `${cause.message} ${resource}: ${reason}`, {
    code: cause.code,
    blockers: [{ resource, reason }],
    cause,
  });
}
