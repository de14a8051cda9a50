import { childName } from '../../../src/aws/eks/child-name.ts';
import { clusterAccess, s6, s7, s8, s31 } from './cluster-checks.ts';
import { s26, s29, s30 } from './environment-checks.ts';
import { type EnvironmentMutant, idsOf, set } from './environment-mutant.ts';
import { add, change, type Desired, desired, keyPolicy, type Mutation, missing } from './mutate.ts';

function metadata(values: Desired): Mutation {
  return desired('launch-template', ({ data }) => {
    const all = data as Desired;
    return { data: { ...all, MetadataOptions: { ...Object(all.MetadataOptions), ...values } } };
  });
}

function disk(values: Desired): Mutation {
  return desired('launch-template', ({ data }) => {
    const all = data as Desired;
    const [first] = all.BlockDeviceMappings as readonly Desired[];
    return {
      data: { ...all, BlockDeviceMappings: [{ ...first, Ebs: { ...Object(first?.Ebs), ...values } }] },
    };
  });
}

/** A second one of a node, beside it. */
function twice(node: string, name: string): Mutation {
  return nodes => [
    ...nodes,
    ...nodes.filter(one => one.id === node).map(one => ({ ...one, id: `${node}/more`, name: () => name })),
  ];
}

function clusterNameIn(nodes: Parameters<Mutation>[0]): string {
  return nodes.find(one => one.id === 'cluster')?.name?.(1) ?? '';
}

const allOf = (field: string) => desired('cluster', wanted => ({ ...wanted, [field]: [] }));
const key = (edit: Parameters<typeof keyPolicy>[0]) => desired('key', keyPolicy(edit));

const ofKey = { touches: ['key'], also: /^key \S+ \(dev\): / };

/** Mistakes in the cluster with its nodes, in logs, domain and key. */
export const CLUSTER_MUTANTS: readonly EnvironmentMutant[] = [
  {
    check: s6,
    what: 'nodes in one zone',
    touches: ['node-group'],
    mistake: desired('node-group', (wanted, seen) => ({
      ...wanted,
      subnetIds: idsOf(seen, 'subnet/private/1'),
    })),
    says: /nodes are in subnet-[^,]*, not in/,
  },
  {
    check: s6,
    what: 'metadata without a token',
    touches: ['launch-template tokens'],
    mistake: metadata({ HttpTokens: 'optional' }),
    says: /HttpTokens is optional/,
  },
  {
    check: s6,
    what: 'metadata for pods',
    touches: ['launch-template hops'],
    mistake: metadata({ HttpPutResponseHopLimit: 2 }),
    says: /hop limit is 2/,
  },
  {
    check: s6,
    what: 'disks without encryption',
    touches: ['launch-template disks'],
    mistake: disk({ Encrypted: false, KmsKeyId: undefined }),
    says: /\/dev\/xvda is not encrypted/,
    also: /the key of \/dev\/xvda is undefined/,
  },
  {
    check: s6,
    what: 'disks with AWS’s key',
    touches: ['launch-template disks'],
    mistake: disk({ KmsKeyId: 'alias/aws/ebs' }),
    says: /the key of \/dev\/xvda is alias\/aws\/ebs/,
  },
  {
    check: s6,
    what: 'two groups of nodes',
    touches: ['node-group'],
    mistake: nodes => twice('node-group', childName(clusterNameIn(nodes), 'more'))(nodes),
    says: /there are 2 node groups/,
  },
  {
    check: s7,
    what: 'support that costs six times as much',
    touches: ['cluster support'],
    mistake: set('cluster', { supportType: 'EXTENDED' }),
    says: /support is EXTENDED/,
  },
  {
    check: s8,
    what: 'an endpoint for everybody',
    touches: ['cluster endpoint'],
    mistake: set('cluster', { publicCidrs: ['0.0.0.0/0'] }),
    says: /the public endpoint is true/,
  },
  {
    check: s8,
    what: 'an endpoint for more than the spec says',
    touches: ['cluster endpoint'],
    mistake: set('cluster', { publicCidrs: ['203.0.113.0/24', '198.51.100.0/24'] }),
    says: /is open to 203.0.113.0\/24,198.51.100.0\/24, not to 203.0.113.0\/24/,
    asked: { publicCidrs: ['203.0.113.0/24'] },
  },
  {
    check: s31,
    what: 'a cluster that may be deleted',
    touches: ['cluster protection'],
    mistake: set('cluster', { deletionProtection: false }),
    says: /deletion protection .* is off/,
  },
  {
    check: clusterAccess,
    what: 'an administrator in a group of somebody’s',
    touches: ['access'],
    mistake: nodes =>
      nodes.flatMap(one =>
        one.id.startsWith('access/') ? set(one.id, { kubernetesGroups: ['masters'] })([one]) : [one],
      ),
    says: /access entries are in the groups masters/,
  },
  {
    check: clusterAccess,
    what: 'nobody is let in',
    touches: ['access'],
    mistake: nodes => nodes.filter(one => !one.id.startsWith('access/')),
    says: /access entries are of \(nobody\)/,
    also: /access policies are $/,
  },
  {
    check: s26,
    what: 'no validation record',
    touches: ['certificate'],
    mistake: missing('record/validation'),
    says: /the zone says nothing of/,
  },
  {
    check: s26,
    what: 'a certificate for the domain alone',
    touches: ['certificate'],
    mistake: set('certificate', { alternativeNames: [] }),
    says: /the certificate is for dev.example.com$/,
  },
  {
    check: s29,
    what: 'flow logs of refused traffic alone',
    touches: ['flow-log'],
    mistake: set('flow-log', { trafficType: 'REJECT' }),
    says: /it logs REJECT traffic/,
  },
  {
    check: s29,
    what: 'no flow logs',
    // They tell which log group the role is for.
    touches: ['flow-log', 'role/flow-logs rights'],
    mistake: missing('flow-log'),
    says: /there are 0 flow logs/,
    also: /^role\/flow-logs(, asked for |: its boundary stops )/,
  },
  {
    check: s29,
    what: 'flow logs with AWS’s key',
    touches: ['log-group/flow-logs'],
    mistake: set('log-group/flow-logs', { kmsKeyArn: undefined }),
    says: /the key of .*flow-logs.* is undefined/,
  },
  {
    check: s29,
    what: 'no logs of the control plane',
    touches: ['cluster logs'],
    mistake: allOf('logTypes'),
    says: /logs \(nothing\)/,
  },
  {
    check: s30,
    what: 'a key for everybody',
    ...ofKey,
    mistake: key(add({ Principal: '*', Action: 'kms:Decrypt', Resource: '*' })),
    says: /anyone may use it/,
  },
  {
    check: s30,
    what: 'a key for anybody’s log groups',
    ...ofKey,
    mistake: key(change('AllowLogs', { Condition: undefined })),
    says: /CloudWatch Logs for another account may use it/,
  },
  {
    check: s30,
    what: 'a key for log groups of all accounts',
    ...ofKey,
    mistake: key(
      change('AllowLogs', {
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:*:*:*' } },
      }),
    ),
    says: /CloudWatch Logs for another account may use it/,
  },
];
