import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { installCrds } from '../../hack/bench/kubernetes/install-crds.ts';
import { apply } from '../../hack/bench/kubernetes/objects.ts';
import { type ControlPlane, startControlPlane } from '../../hack/bench/kubernetes/start.ts';
import { systemClock } from '../engine/clock.ts';
import { addFinalizer, removeFinalizer } from '../kube/finalizer.ts';
import { loadKubeContext } from '../kube/kubeconfig.ts';
import type { KubeObject, ObjectToSend } from '../kube/object.ts';
import { pathOf, type Resource } from '../kube/resources.ts';
import { applyStatus } from '../kube/status.ts';
import { createTransport } from '../kube/transport.ts';
import { customResourceDefinitions, kinds } from './crds.ts';
import type { Kind } from './define.ts';
import type { Structural } from './structural.ts';
import { examples } from './testing/examples.ts';

interface Stored extends KubeObject {
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const fieldManager = 'opta-operator';
const ADMIN = 'arn:aws:iam::123456789012:role/admin';
const eventually = { timeout: 20_000, interval: 50 };
const namespaces: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

let directory: string;
let controlPlane: ControlPlane;
let transport: ReturnType<typeof createTransport>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'admission-'));
  controlPlane = await startControlPlane({ directory, log: line => console.log(line) });
  const context = await loadKubeContext({ path: controlPlane.kubeconfig });
  transport = createTransport({ context, clock: systemClock });
  await install(customResourceDefinitions());
});

afterAll(async () => {
  transport?.close();
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function install(crds: ObjectToSend[]): Promise<void> {
  await installCrds(transport, crds, { fieldManager, clock: systemClock });
}

function kindNamed(name: string): Kind {
  const kind = kinds.find(one => one.kind === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}

function objectOf(kind: Kind, name: string, spec: object) {
  const metadata = kind.namespaced ? { name, namespace: 'default' } : { name };
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata, spec };
}

/** As kubectl does it: unknown fields are refused. */
function create(kind: Kind, name: string, spec: object, query: { dryRun?: 'All' } = {}): Promise<Stored> {
  return transport.request<Stored>({
    method: 'POST',
    path: pathOf(kind, kind.namespaced ? { namespace: 'default' } : {}),
    query: { fieldValidation: 'Strict', ...query },
    body: objectOf(kind, name, spec),
  });
}

/** A null takes a field away. */
function patch(kind: Kind, name: string, spec: object): Promise<Stored> {
  return transport.request<Stored>({
    method: 'PATCH',
    path: pathOf(kind, kind.namespaced ? { name, namespace: 'default' } : { name }),
    contentType: 'application/merge-patch+json',
    body: { spec },
  });
}

async function kubectl(...args: string[]): Promise<string> {
  const [program = '', ...first] = controlPlane.kubectl;
  const { stdout } = await promisify(execFile)(program, [
    ...first,
    '--kubeconfig',
    controlPlane.kubeconfig,
    ...args,
  ]);
  return stdout;
}

describe.each(Object.entries(examples))('%s', (name, list) => {
  const kind = kindNamed(name);
  const dryRun = { dryRun: 'All' } as const;

  test.each(list.filter(({ says }) => says === undefined))('takes $about', async ({ spec }) => {
    const stored = await create(kind, 'example', spec, dryRun);
    expect(stored.spec).toEqual({ managementPolicy: 'Apply', ...spec });
    // The operator reads it by the same schema.
    expect(kind.spec.parse(stored.spec)).toEqual(stored.spec);
  });

  test.each(list.filter(({ says }) => says !== undefined))('refuses $about', async ({ spec, says }) => {
    await expect(create(kind, 'example', spec, dryRun)).rejects.toThrow(says);
  });
});

describe('what cannot be changed', () => {
  const account = { region: 'eu-central-1', accountId: '123456789012', kubernetes: { enabled: false } };
  test.each<[string, object, object, RegExp]>([
    [
      'Queue',
      { environment: 'dev' },
      { environment: 'prod' },
      /environment cannot be changed: .*make a new one/,
    ],
    [
      'Queue',
      { environment: 'dev', fifo: true },
      { fifo: false },
      /fifo cannot be changed: make a new Queue/,
    ],
    ['Queue', { environment: 'dev', fifo: true }, { fifo: null }, /fifo cannot be changed: make a new Queue/],
    [
      'Topic',
      { environment: 'dev', fifo: false },
      { fifo: true },
      /fifo cannot be changed: make a new Topic/,
    ],
    [
      'Bucket',
      { environment: 'dev', name: 'abc' },
      { name: 'abd' },
      /name cannot be changed: make a new Bucket and copy/,
    ],
    ['Bucket', { environment: 'dev', name: 'abc' }, { name: null }, /name cannot be changed/],
    [
      'Bucket',
      { environment: 'dev' },
      { name: 'abc' },
      /name cannot be set later, other than to adopt\.name/,
    ],
    ['Bucket', { environment: 'dev', adopt: { name: 'abd' } }, { name: 'abc', adopt: null }, /set later/],
    [
      'Bucket',
      { environment: 'dev', replica: { mode: 'SameRegion' } },
      { versioning: false },
      /replica needs versioning: .* Leave out replica to switch versioning off/,
    ],
    [
      'OptaEnvironment',
      account,
      { region: 'eu-west-1' },
      /region cannot be changed: make a new OptaEnvironment/,
    ],
    ['OptaEnvironment', account, { accountId: '210987654321' }, /accountId cannot be changed/],
    [
      'OptaEnvironment',
      { ...account, network: { cidr: '10.1.0.0/16' } },
      { network: { cidr: '10.2.0.0/16' } },
      /network\.cidr cannot be changed: subnets cannot be moved.*leave the field out/,
    ],
    [
      'OptaEnvironment',
      { ...account, network: {} },
      {
        network: {
          existing: { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] },
        },
      },
      /network\.existing cannot be set or taken away later/,
    ],
    [
      'OptaEnvironment',
      { ...account, kubernetes: { endpoint: { public: false }, admins: [], version: '1.35' } },
      { kubernetes: { version: '1.34' } },
      /kubernetes\.version is never lowered/,
    ],
    [
      'OptaEnvironment',
      { ...account, kubernetes: { endpoint: { public: false }, admins: [] } },
      { kubernetes: { enabled: false } },
      /kubernetes\.enabled: .*the cluster is protected.*set kubernetes\.deletionProtection to false as well/,
    ],
    [
      'OptaEnvironment',
      { ...account, dns: { domain: 'a.example.com' } },
      { dns: { domain: 'b.example.com' } },
      /dns\.domain cannot be changed: .*take dns away and set it again/,
    ],
    [
      'OptaEnvironment',
      { ...account, dns: { domain: 'a.example.com', existingZoneId: 'Z0123456789' } },
      { dns: { existingZoneId: 'Z9876543210' } },
      /dns\.existingZoneId cannot be changed: take dns away and set it again/,
    ],
    [
      'OptaEnvironment',
      { ...account, dns: { domain: 'a.example.com', existingZoneId: 'Z0123456789' } },
      { dns: { existingZoneId: null } },
      /dns\.existingZoneId cannot be set or taken away later: take dns away and set it again/,
    ],
  ])('%s %j → %j', async (name, spec, change, says) => {
    const kind = kindNamed(name);
    const { metadata } = await create(kind, 'fixed', spec);
    try {
      await expect(patch(kind, metadata.name, change)).rejects.toThrow(says);
      await patch(kind, metadata.name, { tags: { still: 'changeable' } });
    } finally {
      await transport.request({ method: 'DELETE', path: pathOf(kind, metadata) });
    }
  });

  test.each<[string, object, object]>([
    ['cidr', { cidr: '10.1.0.0/16' }, { cidr: null }],
    ['availabilityZones', { availabilityZones: 2 }, { availabilityZones: null }],
  ])(
    'a wrong network.%s can be taken back: the reconciler has on record what was made',
    async (_, network, back) => {
      const kind = kindNamed('OptaEnvironment');
      const { metadata } = await create(kind, 'wrong', { ...account, network });
      await patch(kind, metadata.name, { network: back });
      expect((await patch(kind, metadata.name, { network })).spec).toMatchObject({ network });
      await patch(kind, metadata.name, { network: null });
      await transport.request({ method: 'DELETE', path: pathOf(kind, metadata) });
    },
  );

  test('a domain can leave the spec, also from a zone that is there already, and come again in another one', async () => {
    const kind = kindNamed('OptaEnvironment');
    const dns = { domain: 'a.example.com', existingZoneId: 'Z0123456789' };
    const { metadata } = await create(kind, 'domain', { ...account, dns });
    const others = [{ ...dns, existingZoneId: 'Z9876543210' }, { domain: 'b.example.com' }, dns];
    for (const other of others) {
      expect((await patch(kind, metadata.name, { dns: null })).spec).not.toHaveProperty('dns');
      expect((await patch(kind, metadata.name, { dns: other })).spec).toMatchObject({ dns: other });
    }
    await transport.request({ method: 'DELETE', path: pathOf(kind, metadata) });
  });

  test('a bucket may be called what it is adopted as', async () => {
    const kind = kindNamed('Bucket');
    const { metadata } = await create(kind, 'adopted', { environment: 'dev', adopt: { name: 'abc' } });
    await patch(kind, metadata.name, { name: 'abc', adopt: null });
    await transport.request({ method: 'DELETE', path: pathOf(kind, metadata) });
  });

  test.each(['Queue', 'Topic'])(
    'fifo that is false may be left out of a %s, which means the same',
    async of => {
      const kind = kindNamed(of);
      const { metadata } = await create(kind, 'plain', { environment: 'dev', fifo: false });
      expect((await patch(kind, metadata.name, { fifo: null })).spec).not.toHaveProperty('fifo');
      expect(await patch(kind, metadata.name, { fifo: false })).toMatchObject({ spec: { fifo: false } });
      await transport.request({ method: 'DELETE', path: pathOf(kind, metadata) });
    },
  );

  test('what was left out may be set: the reconciler knows the default that was chosen', async () => {
    const kind = kindNamed('Queue');
    const { metadata } = await create(kind, 'open', { environment: 'dev' });
    expect(await patch(kind, metadata.name, { fifo: true })).toMatchObject({ spec: { fifo: true } });
    await transport.request({ method: 'DELETE', path: pathOf(kind, metadata) });
  });
});

test('a replica may come later, and go together with versioning', async () => {
  const kind = kindNamed('Bucket');
  const { metadata } = await create(kind, 'copied', { environment: 'dev' });
  await patch(kind, metadata.name, { replica: { mode: 'SameRegion' } });
  const { spec } = await patch(kind, metadata.name, { replica: null, versioning: false });
  expect(spec).toEqual({ managementPolicy: 'Apply', environment: 'dev', versioning: false });
  await transport.request({ method: 'DELETE', path: pathOf(kind, metadata) });
});

describe('objects that were stored under a looser definition', () => {
  const kind = kindNamed('Queue');
  const bad = {
    environment: 'dev',
    delaySeconds: 5000,
    contentBasedDeduplication: true,
    tags: { 'aws:a': 'b' },
  };
  const account = { region: 'eu-central-1', accountId: '123456789012' };
  const kubernetes = { endpoint: { public: false }, admins: [{ principalArn: ADMIN }] };
  const filled = { ...account, network: { natGateways: 'Single' }, kubernetes };
  let object: Stored;

  beforeAll(async () => {
    await install(customResourceDefinitions().map(loosened));
    // A changed definition reaches the API server's handlers a moment after it is stored.
    object = await vi.waitFor(() => create(kind, 'older', bad), eventually);
    await applyAs(kindNamed('OptaEnvironment'), 'older', filled);
    await install(customResourceDefinitions());
    await vi.waitFor(
      () => expect(create(kind, 'newer', bad, { dryRun: 'All' })).rejects.toThrow(/equal to 900/),
      eventually,
    );
  });

  test('get and lose finalizers', async () => {
    object = await addFinalizer(transport, kind, object, 'opta.dev/finalizer');
    expect(object.metadata.finalizers).toEqual(['opta.dev/finalizer']);
    const after = await removeFinalizer(transport, kind, object, 'opta.dev/finalizer');
    expect(after?.metadata.finalizers ?? []).toEqual([]);
    object = after ?? object;
  });

  test('get annotations and a status', async () => {
    const time = '2026-01-02T03:04:05.678Z';
    const status = {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Invalid',
          message: 'x'.repeat(32_768),
          lastTransitionTime: time,
        },
      ],
      resources: [
        {
          node: 'queue',
          epoch: 1,
          type: 'sqs/queue',
          after: ['key'],
          state: 'SomeNewerWord',
          createdAt: time,
        },
        { node: 'queue', epoch: 2, type: 'sqs/queue', after: [], pending: { attempt: '1', at: time } },
      ],
      plan: { sequence: 3 },
      defaults: { 'deadLetter.mode': 'Enabled', delaySeconds: 0, nested: { a: [1, { b: null }] } },
      deadLetter: { url: 'http://localhost/1', arn: 'a', name: 'b' },
    };
    object = await applyStatus(transport, kind, object, status, { fieldManager });
    expect(object.status).toEqual(status);
    expect(object.spec).toMatchObject(bad);
    object = await applyStatus(transport, kind, object, { plan: { sequence: 4 } }, { fieldManager });
    expect(object.status).toEqual({ plan: { sequence: 4 } });
  });

  test('are emptied by who filled them, where parts of it had several owners before', async () => {
    const spec = { ...account, network: {}, kubernetes: { ...kubernetes, admins: [] } };
    const environment = kindNamed('OptaEnvironment');
    const stored = await applyAs(environment, 'older', spec);
    expect(stored.spec).toEqual({ managementPolicy: 'Apply', ...spec });
    await transport.request({ method: 'DELETE', path: pathOf(environment, stored.metadata) });
  });

  test('can be mended step by step, but not made worse', async () => {
    // The API server tolerates what is unchanged, but a rule on several fields runs when any field changes.
    await expect(patch(kind, 'older', { visibilityTimeoutSeconds: 60 })).rejects.toThrow(/is for fifo only/);
    await patch(kind, 'older', { visibilityTimeoutSeconds: 60, contentBasedDeduplication: null });
    await expect(patch(kind, 'older', { delaySeconds: 6000 })).rejects.toThrow(/equal to 900/);
    const mended = await patch(kind, 'older', { delaySeconds: 900, tags: null });
    expect(mended.spec).toMatchObject({ delaySeconds: 900, visibilityTimeoutSeconds: 60 });
  });

  test('are deleted', async () => {
    await transport.request({ method: 'DELETE', path: pathOf(kind, object.metadata) });
    await expect(transport.request({ method: 'GET', path: pathOf(kind, object.metadata) })).rejects.toThrow(
      /not found/,
    );
  });
});

/** The definition without its bounds and rules on spec. */
function loosened(crd: ReturnType<typeof customResourceDefinitions>[number]): ObjectToSend {
  const copy = structuredClone(crd);
  loosen(copy.spec.versions[0].schema.openAPIV3Schema);
  return copy;
}

function loosen(node: Structural): void {
  delete node['x-kubernetes-validations'];
  delete node.maximum;
  delete node['x-kubernetes-map-type'];
  for (const child of [...Object.values(node.properties ?? {}), node.items, node.additionalProperties]) {
    if (child) loosen(child);
  }
}

describe('kubectl', () => {
  test.each([
    ['queue.spec', /visibilityTimeoutSeconds\s+<integer>\s+How long a received message stays hidden/],
    ['queue.spec.deadLetter.maxReceiveCount', /Default: 5\./],
    ['topic.spec.subscriptions', /rawMessageDelivery\s+<boolean>\s+Deliver the message as it was sent/],
    ['bucket.spec.policyStatements.principals', /services\s+<\[\]string>\s+AWS services\./],
    ['optaenv.spec.grants', /publicBuckets\s+<Object>\s+Who may have public buckets/],
    ['queue.status.resources', /node\s+<string> -required-\s+What it is to the object/],
  ])('explains %s', async (path, text) => {
    await expect.poll(() => kubectl('explain', path).catch(String), eventually).toMatch(text);
  });

  test('applies the samples and lists them by category and short names', async () => {
    const samples = join(import.meta.dirname, '../../deploy/samples');
    const objects: ObjectToSend[] = [];
    for (const name of (await readdir(samples)).sort())
      objects.push(parse(await readFile(join(samples, name), 'utf8')));
    for (const object of objects) {
      const resource = object.kind === 'Namespace' ? namespaces : kindNamed(object.kind);
      await apply(transport, resource, object, { fieldManager: 'user' });
    }
    const listed = await kubectl('get', 'opta', '-A', '--no-headers');
    for (const { kind, metadata } of objects.slice(2))
      expect(listed).toContain(`${kind.toLowerCase()}.opta.dev/${metadata.name}`);
    expect(await kubectl('get', 'optaenv,optaqueue,optatopic,optabucket', '-n', 'shop', '-o', 'name')).toBe(
      'optaenvironment.opta.dev/dev\nqueue.opta.dev/orders\ntopic.opta.dev/order-events\nbucket.opta.dev/uploads\n',
    );
    const header = (await kubectl('get', 'queues.opta.dev', '-n', 'shop', '-o', 'wide')).split('\n')[0];
    expect(header).toMatch(/^NAME +ENVIRONMENT +ARN +READY +REASON +SYNCED +AGE +MESSAGE$/);
    expect((await kubectl('get', 'optaenv')).split('\n')[0]).toMatch(
      /^NAME +REGION +KUBERNETES +DOMAIN +READY +REASON +SYNCED +AGE$/,
    );
  });
});

/** Lists that several may add to, and that mean nothing when they are empty. */
const MERGED: ReadonlySet<string> = new Set(['.policyStatements', '.subscriptions']);

interface Emptied {
  readonly path: string;
  readonly spec: object;
}

/** The spec with each part of it, in turn, there and empty. */
function emptied(spec: unknown, path = ''): readonly Emptied[] {
  if (typeof spec !== 'object' || spec === null) return [];
  const entries = Object.entries(spec);
  const below = entries.flatMap(([key, value]) =>
    emptied(value, `${path}.${key}`).map(one => ({
      path: one.path,
      spec: Array.isArray(spec) ? spec.with(Number(key), one.spec) : { ...spec, [key]: one.spec },
    })),
  );
  const isFull = path !== '' && entries.length > 0;
  return isFull ? [{ path, spec: Array.isArray(spec) ? [] : {} }, ...below] : below;
}

/** As `kubectl apply --server-side` of a person. */
function applyAs(kind: Kind, name: string, spec: object): Promise<Stored> {
  return transport.request<Stored>({
    method: 'PATCH',
    path: pathOf(kind, kind.namespaced ? { name, namespace: 'default' } : { name }),
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'kubectl', fieldValidation: 'Strict' },
    body: objectOf(kind, name, spec),
  });
}

test('kubectl apply --server-side takes the last admin away, and the last word about the network', async () => {
  const file = join(directory, 'emptied.json');
  async function byHand(network: object, admins: readonly object[]): Promise<unknown> {
    const kubernetes = { endpoint: { public: false }, admins };
    const spec = { region: 'eu-central-1', accountId: '123456789012', network, kubernetes };
    await writeFile(file, JSON.stringify(objectOf(kindNamed('OptaEnvironment'), 'emptied', spec)));
    await kubectl('apply', '--server-side', '-f', file);
    const stored: Stored = JSON.parse(await kubectl('get', 'optaenv', 'emptied', '-o', 'json'));
    return [stored.spec.network, Object(stored.spec.kubernetes).admins];
  }
  const admins = [{ principalArn: ADMIN }];
  expect(await byHand({ natGateways: 'Single' }, admins)).toEqual([{ natGateways: 'Single' }, admins]);
  expect(await byHand({}, [])).toEqual([{}, []]);
  expect(await byHand({ natGateways: 'None' }, admins)).toEqual([{ natGateways: 'None' }, admins]);
  await kubectl('delete', 'optaenv', 'emptied');
});

describe('what is written as empty can be reached again by who filled it', () => {
  test.each(Object.entries(examples))('%s', async (name, list) => {
    const kind = kindNamed(name);
    const wrong = new Set<string>();
    let tried = 0;
    for (const { spec, says } of list) {
      if (says !== undefined) continue;
      for (const { path, spec: empty } of emptied(spec)) {
        const allowed = await create(kind, 'example', empty, { dryRun: 'All' }).then(
          () => true,
          () => false,
        );
        if (!allowed) continue;
        await applyAs(kind, 'emptied', spec);
        tried += 1;
        await applyAs(kind, 'emptied', empty).then(
          stored => {
            const wanted = { managementPolicy: 'Apply', ...empty };
            // Of a list that is empty by default nothing is said by leaving it out.
            const bare = Object.fromEntries(Object.entries(wanted).filter(([key]) => `.${key}` !== path));
            const same = [wanted, ...(MERGED.has(path) ? [bare] : [])];
            if (!same.some(one => isDeepStrictEqual(stored.spec, one)))
              wrong.add(`${path}: ${JSON.stringify(stored.spec)}`);
          },
          (error: Error) => {
            if (!/cannot be|needs versioning/.test(error.message)) wrong.add(`${path}: ${error.message}`);
          },
        );
        await transport.request({
          method: 'DELETE',
          path: pathOf(
            kind,
            kind.namespaced ? { name: 'emptied', namespace: 'default' } : { name: 'emptied' },
          ),
        });
      }
    }
    expect(tried).toBeGreaterThan(0);
    expect([...wrong]).toEqual([]);
  });
});
