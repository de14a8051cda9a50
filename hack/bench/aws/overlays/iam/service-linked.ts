/** Roles that services make for themselves. */
import { type Overlay, textField } from '../../overlay.ts';
import { childOf, textAt, writeXml } from '../../xml-tree.ts';
import { ask, refuse } from './ask.ts';

/** "Using service-linked roles" in each service's guide. */
const NAMES: Readonly<Record<string, string>> = {
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
  'elasticache.amazonaws.com': 'AWSServiceRoleForElastiCache',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
  'rds.amazonaws.com': 'AWSServiceRoleForRDS',
  'spot.amazonaws.com': 'AWSServiceRoleForEC2Spot',
};

const creation: Overlay = {
  service: 'iam',
  operation: 'CreateServiceLinkedRole',
  source: 'IAM API, CreateServiceLinkedRole; InvalidInput where the service has its role already',
  async before(call, bench) {
    const service = textField(call, 'AWSServiceName');
    const RoleName = NAMES[service];
    if (RoleName === undefined) return undefined;
    if ((await ask(bench, call, 'GetRole', { RoleName })) !== undefined) {
      const message = `Service role name ${RoleName} has been taken in this account, please try a different suffix.`;
      return refuse(call, bench, 'InvalidInputException', message);
    }
    const made = await ask(bench, call, 'CreateRole', {
      RoleName,
      Path: `/aws-service-role/${service}/`,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      }),
    });
    const role = childOf(made, 'Role');
    if (role === undefined) throw new Error(`moto did not make the role of ${service}`);
    return bench.success(call, writeXml(role));
  },
};

const protection: Overlay = {
  service: 'iam',
  operation: [
    'AttachRolePolicy',
    'DeleteRole',
    'DeleteRolePermissionsBoundary',
    'DeleteRolePolicy',
    'DetachRolePolicy',
    'PutRolePermissionsBoundary',
    'PutRolePolicy',
    'UpdateAssumeRolePolicy',
  ],
  source:
    'IAM API, UnmodifiableEntity: "only the service that depends on the service-linked role can modify or delete the role on your behalf"',
  async before(call, bench) {
    const name = textField(call, 'RoleName');
    const role = await ask(bench, call, 'GetRole', { RoleName: name });
    if (!textAt(role, 'Role', 'Path').startsWith('/aws-service-role/')) return undefined;
    const message = `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`;
    return refuse(call, bench, 'UnmodifiableEntityException', message);
  },
};

export const serviceLinkedOverlays: Overlay[] = [creation, protection];
