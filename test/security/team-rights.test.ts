import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { kinds } from '../../src/api/crds.ts';

const KUSTOMIZE = new URL('../../deploy/kustomize/', import.meta.url);
const AGGREGATES = 'rbac.authorization.k8s.io/aggregate-to-';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

interface ClusterRole {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const read = (file: string) => readFile(new URL(file, KUSTOMIZE), 'utf8');

test('are installed with the operator', async () => {
  expect(parse(await read('kustomization.yaml')).resources).toContain('teams.yaml');
});

test.each([
  ['view', READ],
  ['edit', [...READ, ...WRITE]],
  ['admin', [...READ, ...WRITE]],
])('who has %s in a namespace has it of each kind in namespaces, and of no other', async (name, verbs) => {
  const roles: ClusterRole[] = parseAllDocuments(await read('teams.yaml')).map(one => one.toJS());
  const rules = roles
    .filter(role => role.metadata.labels[`${AGGREGATES}${name}`] === 'true')
    .flatMap(role => role.rules);
  const granted = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap(group =>
      resources.flatMap(resource => verbs.map(verb => `${verb} ${resource}.${group}`)),
    ),
  );
  const wanted = kinds
    .filter(kind => kind.namespaced)
    .flatMap(kind => verbs.map(verb => `${verb} ${kind.plural}.${kind.group}`));
  expect(granted.sort()).toEqual(wanted.sort());
});
