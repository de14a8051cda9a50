import { CertificateStatus } from '@aws-sdk/client-acm';
import { NatGatewayState, SubnetState, State as VpcEndpointState, VpcState } from '@aws-sdk/client-ec2';
import { AddonStatus, ClusterStatus, NodegroupStatus, UpdateStatus } from '@aws-sdk/client-eks';
import { KeyState } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import type { Readiness } from '../engine/adaptor.ts';
import { certificateAdaptor } from './acm/certificate.ts';
import { gatewayEndpointAdaptor } from './ec2/gateway-endpoint.ts';
import { natGatewayAdaptor } from './ec2/nat-gateway.ts';
import { subnetAdaptor } from './ec2/subnet.ts';
import { vpcAdaptor } from './ec2/vpc.ts';
import { addonAdaptor } from './eks/addon.ts';
import { clusterAdaptor } from './eks/cluster.ts';
import { existingClusterAdaptor } from './eks/existing-cluster.ts';
import { nodegroupAdaptor } from './eks/nodegroup.ts';
import { createUpdateWatch } from './eks/update-watch.ts';
import { keyAdaptor } from './kms/key.ts';

/** `replace`: it failed for good, and another one takes its place. */
type Verdict = Readiness['is'] | 'replace';

interface Judged {
  readonly what: string;
  /** Every state that the SDK knows. */
  readonly states: Readonly<Record<string, string>>;
  judge(state: string): Readiness;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** Of a state that a later AWS has. */
  readonly unknown: Verdict;
}

const healthy = { issues: '', failedUpdates: [] };

const ALL: readonly Judged[] = [
  {
    what: 'an EKS cluster',
    states: ClusterStatus,
    judge: status => clusterAdaptor.readiness({ ...healthy, status } as never),
    verdicts: {
      ACTIVE: 'ready',
      CREATING: 'in progress',
      UPDATING: 'in progress',
      DELETING: 'in progress',
      PENDING: 'in progress',
      FAILED: 'replace',
    },
    unknown: 'in progress',
  },
  {
    what: 'an existing EKS cluster',
    states: ClusterStatus,
    judge: status =>
      existingClusterAdaptor.readiness({ ...healthy, status, issuer: 'https://oidc' } as never),
    verdicts: {
      ACTIVE: 'ready',
      // Its network and its identity are there, which is all that is taken from it.
      UPDATING: 'ready',
      CREATING: 'in progress',
      DELETING: 'failed',
      PENDING: 'failed',
      FAILED: 'failed',
    },
    unknown: 'failed',
  },
  {
    what: 'a node group',
    states: NodegroupStatus,
    judge: status => nodegroupAdaptor.readiness({ ...healthy, status } as never),
    verdicts: {
      ACTIVE: 'ready',
      CREATING: 'in progress',
      UPDATING: 'in progress',
      DELETING: 'in progress',
      CREATE_FAILED: 'replace',
      DELETE_FAILED: 'replace',
      DEGRADED: 'failed',
    },
    unknown: 'in progress',
  },
  {
    what: 'an add-on',
    states: AddonStatus,
    judge: status => addonAdaptor.readiness({ ...healthy, status, awaitsNodes: false } as never),
    verdicts: {
      ACTIVE: 'ready',
      CREATING: 'in progress',
      UPDATING: 'in progress',
      DELETING: 'in progress',
      CREATE_FAILED: 'replace',
      UPDATE_FAILED: 'failed',
      DELETE_FAILED: 'failed',
      DEGRADED: 'failed',
    },
    unknown: 'in progress',
  },
  {
    what: 'an add-on that has no nodes',
    states: AddonStatus,
    judge: status => addonAdaptor.readiness({ ...healthy, status, awaitsNodes: true } as never),
    verdicts: {
      ACTIVE: 'ready',
      CREATING: 'in progress',
      UPDATING: 'in progress',
      DELETING: 'in progress',
      CREATE_FAILED: 'in progress',
      UPDATE_FAILED: 'in progress',
      DELETE_FAILED: 'failed',
      DEGRADED: 'in progress',
    },
    unknown: 'in progress',
  },
  {
    what: 'a KMS key',
    states: KeyState,
    judge: keyState => keyAdaptor.readiness({ keyState } as never),
    verdicts: {
      Enabled: 'ready',
      Creating: 'in progress',
      Updating: 'in progress',
      Unavailable: 'in progress',
      PendingImport: 'in progress',
      Disabled: 'failed',
      PendingDeletion: 'failed',
      PendingReplicaDeletion: 'failed',
    },
    unknown: 'failed',
  },
  {
    what: 'a certificate',
    states: CertificateStatus,
    judge: status =>
      certificateAdaptor.readiness({ status, validationRecords: [], unvalidated: [], names: [] } as never),
    verdicts: {
      ISSUED: 'ready',
      PENDING_VALIDATION: 'in progress',
      VALIDATION_TIMED_OUT: 'replace',
      FAILED: 'replace',
      INACTIVE: 'replace',
      EXPIRED: 'replace',
      REVOKED: 'replace',
    },
    unknown: 'in progress',
  },
  {
    what: 'a NAT gateway',
    states: NatGatewayState,
    judge: state => natGatewayAdaptor.readiness({ state } as never),
    verdicts: {
      available: 'ready',
      pending: 'in progress',
      deleting: 'in progress',
      deleted: 'in progress',
      failed: 'replace',
    },
    unknown: 'in progress',
  },
  {
    what: 'a gateway endpoint',
    states: VpcEndpointState,
    // As it is read: AWS answers in small letters, the SDK's words begin with a capital.
    judge: state => gatewayEndpointAdaptor.readiness({ state: state.toLowerCase() } as never),
    verdicts: {
      Available: 'ready',
      Pending: 'in progress',
      PendingAcceptance: 'in progress',
      Partial: 'in progress',
      Deleting: 'in progress',
      Deleted: 'in progress',
      Expired: 'in progress',
      Failed: 'replace',
      Rejected: 'replace',
    },
    unknown: 'in progress',
  },
  {
    what: 'a VPC',
    states: VpcState,
    judge: state => vpcAdaptor.readiness({ state } as never),
    verdicts: { available: 'ready', pending: 'in progress', deleting: 'in progress' },
    unknown: 'in progress',
  },
  {
    what: 'a subnet',
    states: SubnetState,
    judge: state => subnetAdaptor.readiness({ state } as never),
    verdicts: {
      available: 'ready',
      pending: 'in progress',
      unavailable: 'failed',
      failed: 'failed',
      'failed-insufficient-capacity': 'failed',
    },
    unknown: 'failed',
  },
];

/** What no release of AWS says today. */
const NEW_STATE = 'NEW_STATE';

function verdictOf(readiness: Readiness): Verdict {
  return readiness.is === 'failed' && readiness.remedy === 'replace' ? 'replace' : readiness.is;
}

describe.each(ALL)('$what', ({ states, judge, verdicts, unknown }) => {
  test('is judged in every state that AWS has', () => {
    const judged = Object.values(states).map(state => [state, verdictOf(judge(state))]);
    expect(Object.fromEntries(judged)).toEqual(verdicts);
  });

  test('is neither ready nor replaced in a state that AWS may have one day, and names it', () => {
    const readiness = judge(NEW_STATE);
    expect(verdictOf(readiness)).toBe(unknown);
    expect(['in progress', 'failed']).toContain(unknown);
    expect(Reflect.get(readiness, 'message')).toMatch(new RegExp(NEW_STATE, 'i'));
  });
});

test('an update of EKS fails what it is of in the states in which it did not come about, and is asked about until it has ended', async () => {
  const verdicts: Record<string, readonly [boolean, number]> = {};
  for (const status of [...Object.values(UpdateStatus), NEW_STATE]) {
    let asked = 0;
    const clock = { now: () => 0, monotonic: () => 0, setTimeout: () => () => {} };
    const watch = createUpdateWatch(clock, () => {});
    watch.begun('cluster a', { what: 'version', changes: [{ field: 'version', to: '1.35' }] }, { id: 'u1' });
    const look = () =>
      watch.failures('cluster a', async () => {
        asked += 1;
        return { status: status as UpdateStatus };
      });
    await look();
    verdicts[status] = [(await look()).length > 0, asked];
  }
  expect(verdicts).toEqual({
    InProgress: [false, 2],
    Successful: [false, 1],
    Failed: [true, 1],
    Cancelled: [true, 1],
    // What differs still is asked for again: the cluster itself says whether it is well.
    [NEW_STATE]: [false, 1],
  });
});
