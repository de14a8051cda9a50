import { describe, expect, test } from 'vitest';
import { customResourceDefinitions } from '../../../src/api/crds.ts';
import { CLUSTER_STORIES } from '../stories/cluster.ts';
import { DOMAIN_STORIES } from '../stories/domain.ts';
import { EXISTING_STORIES } from '../stories/existing.ts';
import { NETWORK_STORIES } from '../stories/network.ts';
import { ALL_FIELDS } from './all.ts';
import { PARTS } from './environment.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Every field of a spec by its path: what a person can write, a list and the members of its items each for itself. */
function pathsOf(schema: Schema, path = ''): readonly string[] {
  const members = (of: Schema, prefix: string) =>
    Object.entries(of.properties ?? {}).flatMap(([name, one]) => pathsOf(one, `${prefix}${name}`));
  // A part without members is a field itself: it is there or not.
  if (schema.type === 'object' && Object.keys(schema.properties ?? {}).length > 0)
    return members(schema, path === '' ? '' : `${path}.`);
  if (schema.type === 'array' && schema.items?.properties !== undefined)
    return [path, ...members(schema.items, `${path}[].`)];
  return [path];
}

const specs = customResourceDefinitions().map(definition => {
  const kind: string = Reflect.get(Object(Reflect.get(Object(definition.spec), 'names')), 'kind');
  const versions: { schema: { openAPIV3Schema: Schema } }[] = Reflect.get(
    Object(definition.spec),
    'versions',
  );
  const spec = versions[0]?.schema.openAPIV3Schema.properties?.spec ?? {};
  return { kind, paths: pathsOf(spec) };
});

describe('every field of a spec has a story, so that none is forgotten', () => {
  test.each(specs)('$kind', ({ kind, paths }) => {
    const told = ALL_FIELDS.find(one => one.kind === kind)?.fields ?? {};
    expect(Object.keys(told).sort()).toEqual([...paths].sort());
  });
});

test('the schemas are read: a list counts, and each member of its items, and a part without members', () => {
  expect(specs.find(one => one.kind === 'OptaEnvironment')?.paths).toContain('adopt');
  expect(specs.find(one => one.kind === 'Topic')?.paths).toEqual(
    expect.arrayContaining(['subscriptions', 'subscriptions[].filterPolicy', 'displayName']),
  );
});

/** Of what admission refuses to change: it is told once. */
const ONCE: ReadonlySet<string> = new Set([
  'dns.domain',
  'dns.existingZoneId',
  'kubernetes.existing.clusterName',
  'network.availabilityZones',
  'network.cidr',
  'network.existing.privateSubnetIds',
  'network.existing.vpcId',
  'network.privateSubnetCidrs',
  'network.publicSubnetCidrs',
]);

/** What a spec has at a path; of a list all that its items have. */
function valueAt(spec: unknown, path: string): unknown {
  const [first = '', ...rest] = path.split('.');
  const value: unknown = Reflect.get(Object(spec), first.replace('[]', ''));
  if (rest.length === 0) return value;
  if (!first.endsWith('[]')) return valueAt(value, rest.join('.'));
  return Array.isArray(value) ? value.map(one => valueAt(one, rest.join('.'))) : value;
}

describe('what takes AWS minutes is told in the stories of networks, clusters and domains', () => {
  const stories = [...NETWORK_STORIES, ...CLUSTER_STORIES, ...DOMAIN_STORIES, ...EXISTING_STORIES];
  // Those are only looked at: src/aws/ec2/existing-network.test.ts.
  test.each(PARTS.filter(one => one !== 'network.existing.publicSubnetIds'))('%s', path => {
    const changes = stories.map(({ before, acts }) => {
      const specs = [...before, ...acts].flatMap(({ manifests = [] }) => manifests.map(one => one.spec));
      return new Set(specs.map(spec => JSON.stringify(valueAt(spec, path))));
    });
    const most = Math.max(...changes.map(values => values.size));
    const isSet = changes.some(values => [...values].some(value => value !== undefined));
    expect(isSet).toBe(true);
    if (!ONCE.has(path)) expect(most).toBeGreaterThan(1);
  });
});
