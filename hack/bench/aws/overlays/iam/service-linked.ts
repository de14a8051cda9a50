/** Service-linked roles: AWS's own names for them, and that nobody changes them. */
import { type Overlay, textField } from '../../overlay.ts';
import { childOf, parseXml, textAt, writeXml } from '../../xml-tree.ts';
import { ask, refuse } from './ask.ts';

/** "AWS services that work with IAM" and each service's page on its service-linked roles. */
const ROLES: Readonly<Record<string, string>> = {
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
  'eks.amazonaws.com': 'AWSServiceRoleForAmazonEKS',
  'eks-nodegroup.amazonaws.com': 'AWSServiceRoleForAmazonEKSNodegroup',
  'elasticache.amazonaws.com': 'AWSServiceRoleForElastiCache',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
  'rds.amazonaws.com': 'AWSServiceRoleForRDS',
  'spot.amazonaws.com': 'AWSServiceRoleForEC2Spot',
};

const create: Overlay = {
  service: 'iam',
  operation: 'CreateServiceLinkedRole',
  source: 'IAM API, CreateServiceLinkedRole: InvalidInput; IAM user guide, "Create a service-linked role"',
  async before(call, bench) {
    const service = textField(call, 'AWSServiceName');
    const RoleName = ROLES[service];
    if (RoleName === undefined) return undefined;
    const { accountId } = call;
    if ((await ask(bench, accountId, 'GetRole', { RoleName })) !== undefined) {
      const message = `Service role name ${RoleName} has been taken in this account, please try a different suffix.`;
      return refuse(call, bench, 400, 'InvalidInput', message);
    }
    const Statement = [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: service } }];
    const made = await bench.forward({
      service: 'iam',
      region: call.region,
      accountId,
      operation: 'CreateRole',
      input: {
        RoleName,
        Path: `/aws-service-role/${service}/`,
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      },
    });
    const role = childOf(childOf(parseXml(made.body.toString('utf8')), 'CreateRoleResult'), 'Role');
    if (role === undefined) throw new Error(`moto did not make ${RoleName}`);
    return bench.success(call, writeXml(role));
  },
};

const protectedRole: Overlay = {
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
    'UpdateRole',
  ],
  source:
    'IAM API, AttachRolePolicy: UnmodifiableEntity "Only the service that depends on the service-linked role can modify or delete the role on your behalf"',
  async before(call, bench) {
    const RoleName = textField(call, 'RoleName');
    const found = await ask(bench, call.accountId, 'GetRole', { RoleName });
    if (!textAt(found, 'Role', 'Path').startsWith('/aws-service-role/')) return undefined;
    const message = `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`;
    return refuse(call, bench, 400, 'UnmodifiableEntity', message);
  },
};

export const serviceLinkedOverlays: Overlay[] = [create, protectedRole];
