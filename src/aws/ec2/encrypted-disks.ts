import { type Blocker, CloudError } from '../../engine/errors.ts';
import { few } from '../../engine/few.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { type Disk, listDisks } from './disks.ts';

export interface EncryptedDisksDesired {
  readonly keyArn: string;
}

/** Of a status. */
const BLOCKERS_AT_MOST = 50;

/**
 * Volumes and snapshots of the account that a key encrypts, whoever made them: all that is in them is lost with it, so they
 * hold it. A node of this type is `swept`, and what the key goes after.
 */
export const encryptedDisksAdaptor: AwsAdaptor<EncryptedDisksDesired, readonly Disk[]> = {
  type: 'ec2/encrypted-disks',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  settleMs: 0,
  async find(scope, _identity, { desired }) {
    if (desired === undefined) return [];
    // Amazon EC2 API Reference, DescribeVolumes and DescribeSnapshots: there is no filter by key.
    const encrypted = await listDisks(scope, [{ Name: 'encrypted', Values: ['true'] }]);
    const held = encrypted.filter(one => one.keyArn === desired.keyArn);
    return held.length === 0 ? [] : [{ id: desired.keyArn, tags: 'inherited', state: held }];
  },
  diff: () => [],
  create: neverMade,
  update: neverMade,
  async remove(_scope, { id, state }) {
    const named = few(state.map(one => one.resource));
    throw new CloudError(
      'Blocked',
      `the deletion of key ${id} is not scheduled: it encrypts ${named}, which nobody could read without it. Delete them, copy them to another key, or set spec.encryption.onDelete: Keep`,
      { blockers: state.slice(0, BLOCKERS_AT_MOST).map(blockerOf) },
    );
  },
  readiness: () => ({ is: 'ready' }),
};

function blockerOf({ resource, whose }: Disk): Blocker {
  const why = 'encrypted with the key of this environment';
  return { resource, reason: whose === '' ? why : `${whose}, ${why}` };
}

async function neverMade(): Promise<never> {
  throw new CloudError('Unknown', 'what a key encrypts is only looked at');
}
