import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { crdDirectory, crdFiles } from '../../hack/generate/crds.ts';
import { customResourceDefinitions } from './crds.ts';
import type { Structural } from './structural.ts';

const crds = customResourceDefinitions();

describe('the files', () => {
  test('are fresh: else run hack/generate/crds.ts', async () => {
    const files = crdFiles();
    expect((await readdir(crdDirectory)).sort()).toEqual([...files.keys()].sort());
    for (const [name, content] of files) {
      expect(await readFile(join(crdDirectory, name), 'utf8'), name).toBe(content);
    }
  });

  test('say what is installed at run time', () => {
    expect([...crdFiles().values()].map(content => parse(content))).toEqual(crds);
  });

  test('stay under 1 MB together', () => {
    const bytes = [...crdFiles().values()].reduce((sum, content) => sum + Buffer.byteLength(content), 0);
    expect(bytes).toBeLessThan(1_000_000);
  });
});

test('no tool that applied them takes them away, with all objects and what these made', () => {
  for (const { metadata } of crds)
    expect(metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'helm.sh/resource-policy': 'keep',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
});

test('names are those of the API', () => {
  const names = crds.map(({ spec }) => [spec.names.kind, spec.scope, ...spec.names.shortNames]);
  expect(names).toEqual([
    ['OptaEnvironment', 'Cluster', 'optaenv'],
    ['Bucket', 'Namespaced', 'optabucket'],
    ['Queue', 'Namespaced', 'optaqueue'],
    ['Topic', 'Namespaced', 'optatopic'],
  ]);
  for (const { spec } of crds) expect(spec.names.categories).toEqual(['opta']);
});

interface Place {
  path: string;
  /** Name of the property; `[]` for items, `*` for the values of a map. */
  name: string;
  node: Structural;
  optional: boolean;
}

function* walk(node: Structural, path: string, name: string, optional: boolean): Generator<Place> {
  yield { path, name, node, optional };
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    yield* walk(property, `${path}.${key}`, key, !node.required?.includes(key));
  }
  if (node.items) yield* walk(node.items, `${path}[]`, '[]', false);
  if (node.additionalProperties) yield* walk(node.additionalProperties, `${path}.*`, '*', false);
}

const roots = crds.map(({ spec }) => ({
  kind: spec.names.kind,
  root: spec.versions[0].schema.openAPIV3Schema,
}));
const places = (part: 'spec' | 'status') =>
  roots.flatMap(({ kind, root }) => {
    const node = root.properties?.[part];
    return node === undefined ? [] : [...walk(node, `${kind}.${part}`, part, false)];
  });
const all = [...places('spec'), ...places('status')];
const isProperty = ({ name }: Place) => name !== '[]' && name !== '*';
const pathsOf = (list: Place[]) => list.map(({ path }) => path);

/** The API server lets a number of any size and a text of any length in where there is no bound. */
function isBounded({ type, ...node }: Structural): boolean {
  if (type === 'integer') return node.minimum !== undefined && node.maximum !== undefined;
  if (type === 'string') return node.enum !== undefined || node.maxLength !== undefined;
  if (type === 'array') return node.maxItems !== undefined;
  if (node.additionalProperties !== undefined) return node.maxProperties !== undefined;
  return type === 'boolean' || type === 'object';
}

describe('every field', () => {
  test('is seen', () => {
    expect(places('spec').length).toBeGreaterThan(100);
    expect(places('status').length).toBeGreaterThan(200);
  });

  test('has a description', () => {
    const bare = all.filter(place => isProperty(place) && !place.node.description?.endsWith('.'));
    expect(pathsOf(bare)).toEqual([]);
  });

  test('of spec says its default, where it may be left out', () => {
    const silent = places('spec').filter(
      ({ optional, node }) => optional && !/Default: .*\.$/.test(node.description ?? ''),
    );
    expect(pathsOf(silent)).toEqual([]);
    const required = places('spec').filter(
      place => !place.optional && / Default: /.test(place.node.description ?? ''),
    );
    expect(pathsOf(required.filter(isProperty))).toEqual([]);
  });

  test('has a bound', () => {
    expect(pathsOf(all.filter(({ node }) => !isBounded(node)))).toEqual([]);
  });

  test('has no default of the API server, which would move with the CRD, but managementPolicy', () => {
    const defaulted = all.filter(({ node }) => 'default' in node);
    expect(pathsOf(defaulted)).toEqual(roots.map(({ kind }) => `${kind}.spec.managementPolicy`));
  });
});

describe('the structure', () => {
  // apiextensions-apiserver, pkg/apiserver/schema/validation.go.
  test('has a type everywhere, and no object that is both closed and a map', () => {
    expect(pathsOf(all.filter(({ node }) => !node.type))).toEqual([]);
    expect(pathsOf(all.filter(({ node }) => node.properties && node.additionalProperties))).toEqual([]);
  });

  test('says of every list how it is merged; keys of maps are required', () => {
    for (const { node, path } of all.filter(place => place.node.type === 'array')) {
      expect(node['x-kubernetes-list-type'], path).toBeDefined();
      if (node['x-kubernetes-list-type'] !== 'map') continue;
      expect(node.items?.required, path).toEqual(
        expect.arrayContaining(node['x-kubernetes-list-map-keys'] ?? ['']),
      );
    }
  });

  test('lets anything in only where AWS and the operator say what it is', () => {
    const open = all.filter(({ node }) => node['x-kubernetes-preserve-unknown-fields']);
    expect(pathsOf(open)).toEqual([
      'Topic.spec.subscriptions[].filterPolicy',
      ...roots.map(({ kind }) => `${kind}.status.defaults`),
    ]);
  });

  test('has rules below the root only, each with a sentence', () => {
    for (const { root } of roots) expect(root).not.toHaveProperty('x-kubernetes-validations');
    for (const { path, node } of all) {
      for (const { rule, message } of node['x-kubernetes-validations'] ?? []) {
        expect(message, path).toMatch(/^\S.*\S$/);
        expect(message, path).not.toMatch(/\.$|self\./);
        // Only a rule on spec is run when an object is changed: lists without keys have no former items.
        if (rule.includes('oldSelf')) expect(path).toMatch(/^\w+\.spec$/);
      }
    }
  });

  test('has no rule on a status, and nothing there that would refuse a write', () => {
    for (const { path, node } of places('status')) {
      expect(node, path).not.toHaveProperty('x-kubernetes-validations');
      expect(node, path).not.toHaveProperty('pattern');
      expect(node, path).not.toHaveProperty('enum');
    }
  });

  test('says what is wrong in a sentence, and not by its pattern', () => {
    expect(pathsOf(all.filter(({ node }) => node.pattern !== undefined))).toEqual([]);
  });

  test('has patterns that RE2 knows', () => {
    const patterns = all.flatMap(({ node }) => [
      ...(node.pattern === undefined ? [] : [node.pattern]),
      ...(node['x-kubernetes-validations'] ?? []).map(({ rule }) => rule),
    ]);
    // Look-around, back references and possessive quantifiers.
    for (const pattern of patterns) expect(pattern).not.toMatch(/\(\?[=!<]|\\[1-9]|[*+?}]\+/);
  });
});

describe('what no field can express', () => {
  test('an address, or an object of another namespace', () => {
    const suspicious = places('spec').filter(({ name }) => /url|uri|endpoint|host|namespace/i.test(name));
    expect(pathsOf(suspicious)).toEqual([
      // The administrator's own words about namespaces, in a cluster-scoped kind.
      'OptaEnvironment.spec.allowedNamespaces',
      'OptaEnvironment.spec.grants.publicBuckets.namespaces',
      'OptaEnvironment.spec.grants.serviceAccountNamespaces',
      'OptaEnvironment.spec.grants.serviceAccountNamespaces[].namespace',
      'OptaEnvironment.spec.grants.serviceAccountNamespaces[].clusterNamespaces',
      'OptaEnvironment.spec.grants.adopt[].namespace',
      // Services, and who reaches the API server: no addresses.
      'OptaEnvironment.spec.network.gatewayEndpoints',
      'OptaEnvironment.spec.kubernetes.endpoint',
      // Of the environment's own cluster.
      'OptaEnvironment.spec.kubernetes.admins[].namespaces',
    ]);
  });

  test('a role, a region or an account of one object', () => {
    const own = places('spec').filter(({ path }) => !path.startsWith('OptaEnvironment.'));
    expect(pathsOf(own.filter(({ name }) => /role|region|account|kms|keyArn/i.test(name)))).toEqual([]);
  });
});
