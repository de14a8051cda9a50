/** Elastic Load Balancing, both APIs: they share an endpoint and a signing name, and differ in their version. */
import {
  type Answer,
  type BenchContext,
  type Call,
  jsonInput,
  type Overlay,
  textField,
} from '../../overlay.ts';
import { childOf, itemsOf, parseXml, textAt } from '../../xml-tree.ts';
import { alone } from '../alone.ts';
import { loadBalancerDeleted, type MadeLoadBalancer, plantInterfaces } from './store.ts';

const SERVICE = 'elasticloadbalancing';
const CLASSIC = '2012-06-01';

const isClassic = (call: Call) => textField(call, 'Version') === CLASSIC;

const create: Overlay = {
  service: SERVICE,
  operation: 'CreateLoadBalancer',
  source:
    'EC2 user guide, "Requester-managed network interfaces"; ELB user guides, "Subnets for your load balancer": a network interface in each subnet, described as "ELB app/name/id", and with the security groups of the load balancer',
  async around(call, bench, next) {
    // As one thing with the calls of EC2, whose rules look before they let a call through.
    return alone(bench, `ec2:${call.accountId}:${call.region}`, async () => {
      const answer = await next();
      if (answer.status === 200) await plantInterfaces(bench, madeBy(call, answer));
      return answer;
    });
  },
};

function madeBy(call: Call, answer: Answer): MadeLoadBalancer {
  const { accountId, region } = call;
  const of = { accountId, region, groupIds: members(call, 'SecurityGroups') };
  if (isClassic(call))
    return {
      ...of,
      id: textField(call, 'LoadBalancerName'),
      subnetIds: members(call, 'Subnets'),
      type: 'classic',
    };
  const result = childOf(parseXml(answer.body.toString('utf8')), 'CreateLoadBalancerResult');
  const [made] = itemsOf(result, 'LoadBalancers');
  return {
    ...of,
    id: textAt(made, 'LoadBalancerArn'),
    subnetIds: itemsOf(made, 'AvailabilityZones').map(zone => textAt(zone, 'SubnetId')),
    type: textField(call, 'Type') === 'network' ? 'network' : 'application',
  };
}

/** `Subnets.member.1`, `Subnets.member.2`. */
function members(call: Call, name: string): string[] {
  const fields = Object.entries(jsonInput(call));
  return fields.flatMap(([field, value]) => (field.startsWith(`${name}.member.`) ? String(value) : []));
}

const remove: Overlay = {
  service: SERVICE,
  operation: 'DeleteLoadBalancer',
  source:
    'EC2 user guide, "Requester-managed network interfaces": "If you delete the resource that the network interface represents, the AWS service detaches and deletes the network interface for you"; both ELB APIs, DeleteLoadBalancer: "If the load balancer does not exist or has already been deleted, the call succeeds"',
  after(call, answer, bench) {
    const id = textField(call, isClassic(call) ? 'LoadBalancerName' : 'LoadBalancerArn');
    if (answer.status === 200) loadBalancerDeleted(bench, call, id);
    return undefined;
  },
};

const protection: Overlay = {
  service: SERVICE,
  operation: 'DeleteLoadBalancer',
  source:
    'ELB v2 API, DeleteLoadBalancer: "You can\'t delete a load balancer if deletion protection is enabled", OperationNotPermitted',
  async before(call, bench) {
    const arn = textField(call, 'LoadBalancerArn');
    if (isClassic(call) || !(await isProtected(call, bench, arn))) return undefined;
    const message = `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`;
    return bench.error(call, { status: 400, code: 'OperationNotPermitted', message });
  },
};

async function isProtected({ accountId, region }: Call, bench: BenchContext, arn: string): Promise<boolean> {
  const answer = await bench.forward({
    service: SERVICE,
    accountId,
    region,
    operation: 'DescribeLoadBalancerAttributes',
    input: { LoadBalancerArn: arn },
  });
  if (answer.status !== 200) return false;
  const result = childOf(parseXml(answer.body.toString('utf8')), 'DescribeLoadBalancerAttributesResult');
  return itemsOf(result, 'Attributes').some(
    one => textAt(one, 'Key') === 'deletion_protection.enabled' && textAt(one, 'Value') === 'true',
  );
}

const tags: Overlay = {
  service: SERVICE,
  operation: 'DescribeTags',
  source: 'ELB v2 API, DescribeTags, Errors: LoadBalancerNotFound, TargetGroupNotFound',
  async before(call, bench) {
    if (isClassic(call)) return undefined;
    for (const arn of members(call, 'ResourceArns')) {
      const [operation, field, code] = arn.includes(':targetgroup/')
        ? ['DescribeTargetGroups', 'TargetGroupArns', 'TargetGroupNotFound']
        : ['DescribeLoadBalancers', 'LoadBalancerArns', 'LoadBalancerNotFound'];
      const { accountId, region } = call;
      const input = { [`${field}.member.1`]: arn };
      const answer = await bench.forward({ service: SERVICE, accountId, region, operation, input });
      if (answer.status !== 200)
        return bench.error(call, { status: 400, code, message: `'${arn}' not found` });
    }
    return undefined;
  },
};

export const elbOverlays: Overlay[] = [create, protection, remove, tags];
