import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { install } from '../../hack/bench/install.ts';
import { installCrds } from '../../hack/bench/kubernetes/install-crds.ts';
import { customResourceDefinitions } from '../../src/api/crds.ts';
import { systemClock } from '../../src/engine/clock.ts';
import { errorOfAnswer } from '../../src/kube/status-body.ts';
import type { Call, Transport } from '../../src/kube/transport.ts';
import { environment, plainQueue } from '../support/manifests.ts';
import { pass } from '../support/settle.ts';
import { areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';

const ORDERS = ['Queue', 'orders'] as const;
const TWO_HOURS_MS = 2 * 60 * 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

interface Refusing {
  /** What writes of ConfigMaps are answered with; undefined: they are done. */
  status: number | undefined;
  readonly transport: Pick<Transport, 'request' | 'stream'>;
}

function refusing(status?: number, details?: object): Refusing {
  const { operatorTransport: real } = stage.cluster;
  const of: Refusing = {
    status,
    transport: {
      stream: real.stream,
      async request<T>(call: Call): Promise<T> {
        const { method, path } = call;
        if (of.status === undefined || method === 'GET' || !path.includes('/configmaps'))
          return real.request<T>(call);
        const body = JSON.stringify({ kind: 'Status', message: 'exceeded quota: configmaps', details });
        throw errorOfAnswer({ what: `${method} ${path}`, path, status: of.status, body });
      },
    },
  };
  return of;
}

const statusWrites = (writes: readonly { what: string }[]) =>
  writes.filter(({ what }) => what.endsWith('/queues/orders/status')).length;

test('a ConfigMap that is refused is told with all that was made, once, and made when it may be', async () => {
  const configMaps = refusing(403);
  await stage.cluster.apply(environment(), plainQueue('orders'));
  const acting = await stage.operator({ transport: configMaps.transport });
  await acting.until(look => standing(look(...ORDERS)) === 'Ready=False Failed');
  const object = await stage.cluster.get(...ORDERS);
  expect(messageOf(object)).toMatch(/^the ConfigMap cannot be written: .*exceeded quota: configmaps/);
  expect(standing(object, 'Stalled')).toBe('Stalled=True Failed');
  expect(standing(object, 'Synced')).toBe('Synced=False Failed');
  expect(object.status?.url).toEqual(expect.stringContaining('orders'));
  const before = statusWrites(acting.life.writes);
  await pass({ ...stage.world, objects: stage.cluster.objects }, acting.life, TWO_HOURS_MS);
  expect(statusWrites(acting.life.writes)).toBe(before);
  const told = await stage.cluster.events(...ORDERS);
  expect(told.map(({ reason }) => reason)).toEqual(['Failed']);

  configMaps.status = undefined;
  await acting.until(areReady(plainQueue('orders')));
  expect(await stage.cluster.configMap('orders-queue')).toBeDefined();
  await acting.end();
});

test('a ConfigMap that a namespace does not take any more, as it is being deleted, keeps no object from being ready', async () => {
  const configMaps = refusing(403, { causes: [{ reason: 'NamespaceTerminating' }] });
  await stage.cluster.apply(environment(), plainQueue('orders'));
  const acting = await stage.operator({ transport: configMaps.transport });
  await acting.until(areReady(plainQueue('orders')));
  expect(await stage.cluster.configMap('orders-queue')).toBeUndefined();
  await stage.cluster.delete('Queue', 'orders');
  await acting.until(look => look(...ORDERS) === undefined);
});

test('a ConfigMap that lost its owner with the object before is taken up by the next one of the name', async () => {
  await stage.cluster.apply(environment(), plainQueue('orders'));
  const acting = await stage.operator();
  await acting.until(areReady(plainQueue('orders')));
  // As `kubectl delete --cascade=orphan` and a restore from a backup leave it.
  await stage.cluster.patchConfigMap('orders-queue', { metadata: { ownerReferences: null } });
  await stage.cluster.delete('Queue', 'orders');
  await acting.until(look => look(...ORDERS) === undefined);
  expect(await stage.cluster.configMap('orders-queue')).toBeDefined();

  await stage.cluster.apply(plainQueue('orders'));
  await acting.until(areReady(plainQueue('orders')));
  const { metadata } = await stage.cluster.get(...ORDERS);
  const owners = (await stage.cluster.configMap('orders-queue'))?.metadata.ownerReferences;
  expect(owners).toMatchObject([{ kind: 'Queue', name: 'orders', uid: metadata.uid, controller: true }]);

  // Without our labels it may be anybody's.
  await stage.cluster.patchConfigMap('orders-queue', {
    metadata: { ownerReferences: null, labels: { 'app.kubernetes.io/managed-by': null } },
  });
  await acting.driftPasses(1);
  expect(standing(await stage.cluster.get(...ORDERS))).toBe('Ready=False Conflict');
  await acting.end();
});

test('a ConfigMap that cannot be written for a while leaves an object as ready as it was, and says so', async () => {
  const configMaps = refusing();
  await stage.cluster.apply(environment(), plainQueue('orders'));
  const acting = await stage.operator({ transport: configMaps.transport });
  await acting.until(areReady(plainQueue('orders')));
  configMaps.status = 500;
  await stage.cluster.deleteConfigMap('orders-queue');
  await acting.until(look => standing(look(...ORDERS), 'Reconciling') === 'Reconciling=True Failed');
  const object = await stage.cluster.get(...ORDERS);
  expect([standing(object), standing(object, 'Synced')]).toEqual(['Ready=True Ready', 'Synced=False Failed']);
  configMaps.status = undefined;
  await acting.until(look => standing(look(...ORDERS), 'Reconciling') === 'Reconciling=False Idle');
  expect(await stage.cluster.configMap('orders-queue')).toBeDefined();
  await acting.end();
});

/** As an earlier release had it: without what a status says of the newest one. */
async function installOlder(field: string): Promise<void> {
  const crds = structuredClone(customResourceDefinitions());
  for (const { spec } of crds) {
    const status = spec.versions[0].schema.openAPIV3Schema.properties?.status;
    if (status?.properties?.[field] === undefined) throw new Error(`no status has a field ${field}`);
    delete status.properties[field];
  }
  const { transport } = stage.cluster;
  await installCrds(transport, crds, { fieldManager: 'opta-install', clock: systemClock });
}

test('a custom resource definition that is older than the operator is named, with the way out', async () => {
  await stage.cluster.apply(environment());
  const acting = await stage.operator();
  await acting.until(areReady(environment()));
  await installOlder('syncedGeneration');
  try {
    await stage.cluster.apply(plainQueue('orders'));
    await acting.until(look => standing(look(...ORDERS), 'Stalled') === 'Stalled=True Failed');
    const says =
      'the custom resource definition in the cluster is older than the operator: kubectl apply --server-side -f crds/';
    expect(messageOf(await stage.cluster.get(...ORDERS), 'Stalled')).toMatch(
      new RegExp(
        `^${says}; .*: 500 failed to create typed patch object .*\\.status\\.syncedGeneration: field not declared in schema`,
      ),
    );
    expect(acting.life.operator.outdated()).toEqual([expect.stringContaining(`Queue shop/orders: ${says}`)]);
  } finally {
    await install(stage.cluster.transport);
  }
  await acting.until(areReady(plainQueue('orders')));
  expect(acting.life.operator.outdated()).toEqual([]);
  await acting.end();
});
