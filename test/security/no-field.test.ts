import { describe, expect, test } from 'vitest';
import { customResourceDefinitions } from '../../src/api/crds.ts';
import type { Structural } from '../../src/api/structural.ts';

/** The first way in which an attack does not hold: there is no word for it. Shown by walking what the API server is given. */
interface Leaf {
  readonly kind: string;
  /** `policyStatements[].principals.aws[]`; a map's values are `.*`. */
  readonly path: string;
  readonly schema: Structural;
}

const crds = customResourceDefinitions();

function specOf(crd: (typeof crds)[number]): Structural {
  return crd.spec.versions[0].schema.openAPIV3Schema.properties?.spec ?? {};
}

function walk(kind: string, schema: Structural, path = ''): readonly Leaf[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(
      ([name, one]) => [path === '' ? name : `${path}.${name}`, one] as const,
    ),
    ...(schema.items === undefined ? [] : [[`${path}[]`, schema.items] as const]),
    ...(schema.additionalProperties === undefined
      ? []
      : [[`${path}.*`, schema.additionalProperties] as const]),
  ];
  return [{ kind, path, schema }, ...inner.flatMap(([where, one]) => walk(kind, one, where))];
}

const everywhere = crds.flatMap(crd => walk(crd.spec.names.kind, specOf(crd)));
const teams = everywhere.filter(
  leaf => crds.find(crd => crd.spec.names.kind === leaf.kind)?.spec.scope === 'Namespaced',
);

/** Names of fields, without lists and maps. */
function namesOf(leaves: readonly Leaf[]): readonly string[] {
  return leaves.flatMap(({ path }) => /([A-Za-z]+)$/.exec(path)?.[1] ?? []);
}

describe('no field of a team', () => {
  test.each<[string, string, RegExp]>([
    ['A2, A6, A10', 'names another namespace', /^(.*N|n)amespaces?$/],
    ['A7, A9', 'takes an ARN or an id of AWS', /arns?$|Arns?$|^id$|Ids?$/],
    [
      'A13',
      'replicates, or sends to another account or region',
      /replic(?!a$)|^(account|region|destination|bucket)(Id)?s?$/i,
    ],
    ['A17', 'says what the object with its outputs is called', /secret|configMap|binding|connection|output/i],
    ['A20, A27', 'grants', /grant|allowed(Namespaces|Accounts)|role$|roleArn|boundary|permission/i],
    ['A24', 'is a URL, a host or a protocol', /url|uri|endpoint|host|address|protocol|port$/i],
    ['A26', 'turns a statement round', /^not[A-Z]/],
  ])('%s: %s', (_, __, forbidden) => {
    expect(namesOf(teams).filter(name => forbidden.test(name))).toEqual([]);
  });

  test('is one whose name nobody has looked at', () => {
    // A new field is added here, or to one of the lists above.
    const known = [
      'abortMultipartDays acceptEventBridge accessLogs actions adopt allowedHeaders allowedMethods allowedOrigins aws',
      'conditions contentBasedDeduplication cors deadLetter delaySeconds deletionPolicy displayName effect encryption',
      'environment events expireDays exposeHeaders fifo filterPolicy filterPolicyScope forceDestroy lifecycle',
      'managementPolicy maxAgeSeconds maxReceiveCount maximumMessageSizeBytes messageRetentionSeconds mode name',
      'nonCurrentExpireDays nonCurrentToGlacierDays nonCurrentToInfrequentAccessDays notifications policyStatements',
      'prefix principals publicRead queue rawMessageDelivery receiveWaitTimeSeconds replica resources services sid subscriptions',
      'suffix tags topic versioning visibilityTimeoutSeconds',
    ].flatMap(line => line.split(' '));
    expect([...new Set(namesOf(teams))].sort()).toEqual(known.sort());
  });
});

test('A13: a replica is where its bucket is: there is one word for it, and no other field', () => {
  const replica = teams.filter(({ path }) => /^replica\b/.test(path));
  expect(replica.map(({ kind, path, schema }) => [kind, path, schema.enum])).toEqual([
    ['Bucket', 'replica', undefined],
    ['Bucket', 'replica.mode', ['SameRegion']],
  ]);
});

describe('A24, A13: what is told of an event or a message is a Queue or Topic, by a name that cannot be an address', () => {
  const references = teams.filter(({ path }) => /\.(queue|topic)$/.test(path));
  test('there are three such fields', () => {
    expect(references.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'Bucket notifications[].queue',
      'Bucket notifications[].topic',
      'Topic subscriptions[].queue',
    ]);
  });
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'https://example.com',
    'arn:aws:sqs:eu-central-1:999999999999:x',
    'bank/vault',
    '../vault',
    'vault.bank.svc:80',
    'VAULT',
    '*',
    '',
    'váult',
    'a..b',
    'vault\n',
  ])('%j is none', value => {
    for (const { schema } of references) expect(taken(schema, value)).toBe(false);
  });
  test('orders.v2 is one', () => {
    for (const { schema } of references) expect(taken(schema, 'orders.v2')).toBe(true);
  });
});

/** By the rule that the API server asks, as RE2 reads it: `$` is the end of the text. */
function taken(schema: Structural, value: string): boolean {
  const bounds =
    value.length >= (schema.minLength ?? 0) && value.length <= (schema.maxLength ?? Number.POSITIVE_INFINITY);
  return bounds && patternsOf(schema).every(pattern => new RegExp(pattern, 'u').test(value));
}

/** `self.matches(r'…')`, `key.matches('…')`, and bare patterns. */
function patternsOf(schema: Structural): readonly string[] {
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ rule }) => rule);
  const inRules = rules.flatMap(rule =>
    [...rule.matchAll(/matches\((r?)'((?:[^'\\]|\\.)*)'\)/g)].map(([, , pattern = '']) => pattern),
  );
  return [...(schema.pattern === undefined ? [] : [schema.pattern]), ...inRules];
}

describe('A21: no text makes the API server or the operator think for long', () => {
  const withPattern = crds
    .flatMap(crd => walk(crd.spec.names.kind, specOf(crd)))
    .filter(({ schema }) => patternsOf(schema).length > 0);

  test('all patterns are found', () => {
    expect(withPattern.length).toBeGreaterThan(40);
  });

  test.each(
    withPattern.flatMap(({ kind, path, schema }) =>
      patternsOf(schema).map(pattern => [`${kind} ${path}`, pattern]),
    ),
  )('the pattern of %s is one of RE2, which is linear in its text: %s', (_, pattern) => {
    // RE2 has no look-around, no back-references, no possessive quantifiers and no atomic groups ("Syntax" of google/re2).
    expect(pattern).not.toMatch(/\(\?[=!<>]/);
    expect(pattern).not.toMatch(/\\[1-9]|\\k</);
    expect(pattern).not.toMatch(/[*+?}]\+/);
  });

  test.each(
    everywhere
      .filter(({ schema }) => schema.type === 'string')
      .map(leaf => [`${leaf.kind} ${leaf.path}`, leaf.schema] as const),
  )('the text %s has an end', (_, schema) => {
    expect(schema.enum?.length ?? schema.maxLength).toBeLessThanOrEqual(2048);
  });
  test.each(
    everywhere
      .filter(({ schema }) => schema.type === 'array')
      .map(leaf => [`${leaf.kind} ${leaf.path}`, leaf.schema] as const),
  )('the list %s has an end', (_, schema) => {
    expect(schema.maxItems).toBeLessThanOrEqual(1000);
  });
  test.each(
    everywhere
      .filter(
        ({ schema }) =>
          schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'],
      )
      .map(leaf => [`${leaf.kind} ${leaf.path}`, leaf.schema] as const),
  )('the map %s has an end', (_, schema) => {
    expect(schema.maxProperties).toBeLessThanOrEqual(40);
  });
});

test('A20: an OptaEnvironment is of the cluster, and all else of a namespace', () => {
  const scopes = Object.fromEntries(crds.map(crd => [crd.spec.names.kind, crd.spec.scope]));
  expect(scopes).toEqual({
    OptaEnvironment: 'Cluster',
    Bucket: 'Namespaced',
    Queue: 'Namespaced',
    Topic: 'Namespaced',
  });
});
