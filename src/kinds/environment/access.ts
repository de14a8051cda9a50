import { createHash } from 'node:crypto';
import type { AccessEntryDesired } from '../../aws/eks/access-entry.ts';
import { childName } from '../../aws/eks/child-name.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { clusterName } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { type Input, node } from './node.ts';

/** Who may use the cluster: nobody but those whom the spec names. */
export function accessNodes(input: Input): readonly GraphNode[] {
  const name = clusterName(input);
  return (madeCluster(input.spec)?.admins ?? []).map(({ principalArn, policy, namespaces }) =>
    node<AccessEntryDesired>(
      input,
      accessId(principalArn),
      'eks/access-entry',
      ['cluster'],
      seen => {
        if (seen.id('cluster') === undefined) return { waitingFor: 'cluster', node: 'cluster' };
        const policyArn = `arn:${input.place.partition}:eks::aws:cluster-access-policy/AmazonEKS${policy ?? 'ClusterAdmin'}Policy`;
        return {
          clusterName: name,
          principalArn,
          kubernetesGroups: [],
          policies: [{ policyArn, namespaces: namespaces ?? [] }],
        };
      },
      { name: () => childName(name, principalArn) },
    ),
  );
}

/** Readable, and apart for principals of the same name on other paths. */
function accessId(principalArn: string): string {
  const hash = createHash('sha256').update(principalArn).digest('hex').slice(0, 6);
  return `access/${principalArn.slice(principalArn.lastIndexOf('/') + 1)}-${hash}`;
}
