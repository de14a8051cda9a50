import { createHash } from 'node:crypto';
import type { AccessEntryDesired } from '../../aws/eks/access-entry.ts';
import { childName } from '../../aws/eks/child-name.ts';
import type { PrincipalDesired, PrincipalState } from '../../aws/iam/principal.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { clusterName } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { type Input, node } from './node.ts';

/** Who may use the cluster: nobody but those whom the spec names. */
export function accessNodes(input: Input): readonly GraphNode[] {
  const name = clusterName(input);
  return (madeCluster(input.spec)?.admins ?? []).flatMap(({ principalArn, policy, namespaces }, index) => [
    principalNode(principalArn, `spec.kubernetes.admins[${index}].principalArn`),
    node<AccessEntryDesired>(
      input,
      accessId(principalArn),
      'eks/access-entry',
      ['cluster', principalId(principalArn)],
      seen => {
        if (seen.id('cluster') === undefined) return { waitingFor: 'cluster', node: 'cluster' };
        const principal = seen.state<PrincipalState>(principalId(principalArn));
        if (principal === undefined) return { waitingFor: principalArn, node: principalId(principalArn) };
        const policyArn = `arn:${input.place.partition}:eks::aws:cluster-access-policy/AmazonEKS${policy ?? 'ClusterAdmin'}Policy`;
        return {
          clusterName: name,
          principalArn,
          ...(principal.uniqueId === undefined ? {} : { principalId: principal.uniqueId }),
          kubernetesGroups: [],
          policies: [{ policyArn, namespaces: namespaces ?? [] }],
        };
      },
      { name: () => childName(name, principalArn) },
    ),
  ]);
}

/** An entry is of the principal that bears the name now: one that is made anew is another one. */
function principalNode(arn: string, field: string): GraphNode<PrincipalDesired> {
  return {
    id: principalId(arn),
    type: 'iam/principal',
    role: 'watched',
    dependsOn: [],
    whenAbsent: { waitingFor: `${arn} (${field}), which does not exist in IAM`, needsPerson: true },
    desired: () => ({ arn }),
  };
}

function principalId(principalArn: string): string {
  return accessId(principalArn).replace(/^access/, 'principal');
}

/** Readable, and apart for principals of the same name on other paths. */
function accessId(principalArn: string): string {
  const hash = createHash('sha256').update(principalArn).digest('hex').slice(0, 6);
  return `access/${principalArn.slice(principalArn.lastIndexOf('/') + 1)}-${hash}`;
}
