import {
  CreateServiceLinkedRoleCommand,
  GetRoleCommand,
  type Role,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import type { Found, Freshness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { listedRole, noteIamWrite } from './account-details.ts';
import { IAM_SETTLE_MS } from './iam-errors.ts';

/** "Using service-linked roles" in the guide of each service. */
const ROLES = {
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
  'elasticache.amazonaws.com': 'AWSServiceRoleForElastiCache',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
  'rds.amazonaws.com': 'AWSServiceRoleForRDS',
} as const;

export type LinkedService = keyof typeof ROLES;

export interface ServiceLinkedRoleDesired {
  readonly service: LinkedService;
}

/**
 * AWS's own role for a service, one in an account and shared by all who use the service there: a node of role `shared`. The
 * first use of a service makes it only where the caller may, so it is made first.
 */
export const serviceLinkedRoleAdaptor: AwsAdaptor<ServiceLinkedRoleDesired, object> = {
  type: 'iam/service-linked-role',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  sharesReads: true,
  settleMs: IAM_SETTLE_MS,
  async find(scope, { id }, { desired, freshness }) {
    const name = desired === undefined ? id : ROLES[desired.service];
    const found = name === undefined ? undefined : await read(scope, name, freshness);
    return found === undefined ? [] : [found];
  },
  diff: () => [],
  create: (scope, _identity, { service }) => create(scope, service),
  update: refuse,
  remove: refuse,
  readiness: () => ({ is: 'ready' }),
};

async function read(
  scope: AwsScope,
  RoleName: string,
  freshness: Freshness,
): Promise<Found<object> | undefined> {
  const listed = freshness === 'shared' ? await listedRole(scope, RoleName) : undefined;
  if (listed !== undefined) return foundOf(listed);
  const answer = await orAbsent(scope.iam.send(new GetRoleCommand({ RoleName })));
  return answer?.Role === undefined ? undefined : foundOf(answer.Role);
}

function foundOf({ RoleName = '', Arn }: Role | RoleDetail): Found<object> {
  return {
    id: RoleName,
    name: RoleName,
    ...(Arn === undefined ? {} : { arn: Arn }),
    tags: 'inherited',
    state: {},
  };
}

async function create(scope: AwsScope, service: LinkedService): Promise<Found<object>> {
  noteIamWrite(scope, ROLES[service]);
  try {
    const { Role: role } = await scope.iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: service }),
    );
    return foundOf(answered(role, 'IAM CreateServiceLinkedRole', 'a role'));
  } catch (error) {
    // "Service role name … has been taken in this account": by AWS itself, or by somebody at the same time.
    if (!(error instanceof CloudError) || error.code !== 'InvalidInputException') throw error;
    const existing = await read(scope, ROLES[service], 'fresh');
    if (existing !== undefined) return existing;
    if (!/has been taken/.test(error.message)) throw error;
    throw new CloudError('NotYet', `role ${ROLES[service]} exists and IAM does not show it yet`, {
      retryAfterMs: 5_000,
      cause: error,
    });
  }
}

async function refuse(): Promise<never> {
  throw new Error('a service-linked role is shared: it is never changed or removed');
}
