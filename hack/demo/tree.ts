import type { OptaObject } from '../../src/operator/objects.ts';
import { shortened } from './screen.ts';

/** A part of what an object has in AWS. */
export interface Part {
  readonly name: string;
  /** How many resources are as they should be. */
  readonly made: number;
  /** Nodes that are begun, with what holds them up where it is no mere waiting. */
  readonly underWay: readonly string[];
}

/** By type in AWS, the first that fits; in the order in which they grow. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ['nodes', /^eks\/nodegroup|^eks\/node-image|^ec2\/launch-template/],
  ['network', /^ec2\//],
  ['key', /^kms\//],
  ['roles', /^iam\//],
  ['logs', /^logs\//],
  ['storage', /^s3\//],
  ['add-ons', /^eks\/addon|^eks\/pod-identity/],
  ['cluster', /^eks\//],
  ['stores', /^(rds|elasticache)\//],
  ['messaging', /^(sqs|sns)\//],
  ['dns', /^(route53|acm)\//],
];
const SHOWN = [
  'network',
  'key',
  'storage',
  'logs',
  'roles',
  'cluster',
  'nodes',
  'add-ons',
  'stores',
  'messaging',
  'dns',
];
const OTHERS = 'others';

/** By part, what is made and what is under way. Pure. */
export function partsOf(object: OptaObject): readonly Part[] {
  const resources = object.status?.resources ?? [];
  const parts = [...SHOWN, OTHERS].map(name => {
    const own = resources.filter(({ type }) => partOf(type) === name);
    const underWay = own.filter(({ state }) => state !== 'Ready' && state !== 'Kept');
    return {
      name,
      made: own.length - underWay.length,
      underWay: underWay.map(({ node, state = 'Pending' }) =>
        ['Failed', 'Lost', 'Conflict', 'Deleting'].includes(state) ? `${node} (${state})` : node,
      ),
    };
  });
  return parts.filter(({ made, underWay }) => made + underWay.length > 0);
}

function partOf(type: string): string {
  return PARTS.find(([, types]) => types.test(type))?.[0] ?? OTHERS;
}

/** Lines of the tree under an object; none for what has a single part, which its row says already. */
export function treeOf(object: OptaObject, columns: number): readonly string[] {
  const parts = partsOf(object);
  if (parts.length < 2) return [];
  const name = Math.max(...parts.map(part => part.name.length));
  const made = Math.max(...parts.map(part => String(part.made).length));
  return parts.map((part, index) => {
    const branch = index === parts.length - 1 ? '└' : '├';
    const counted = `${String(part.made).padStart(made)} made`;
    const rest = part.underWay.length === 0 ? '' : `, under way: ${part.underWay.join(', ')}`;
    return shortened(`    ${branch} ${part.name.padEnd(name)}  ${counted}${rest}`, columns);
  });
}
