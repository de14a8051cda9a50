import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { install } from '../../../hack/bench/install.ts';
import { customResourceDefinitions } from '../../../hack/bench/kubernetes/install-crds.ts';
import { get } from '../../../src/kube/apply.ts';
import { pathOf } from '../../../src/kube/resources.ts';
import { errorOfAnswer } from '../../../src/kube/status-body.ts';
import type { Call, Transport } from '../../../src/kube/transport.ts';
import { bucket, ENVIRONMENT, environment, plainQueue } from '../../support/manifests.ts';
import { pass } from '../../support/settle.ts';
import { areReady, messageOf, openStage, type Stage, standing } from '../../support/stage.ts';

/** Virtual time: a list that fails is tried again after a minute at most. */
const MINUTE_MS = 60_000;
const LONG_MS = 20 * MINUTE_MS;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(async () => {
  await install(stage.cluster.transport);
  await stage.clear();
});

const DEV = ['OptaEnvironment', ENVIRONMENT] as const;

const ALL = ['buckets', 'optaenvironments', 'queues', 'topics'];

async function uninstall(...plurals: readonly string[]): Promise<void> {
  for (const plural of plurals) {
    const path = pathOf(customResourceDefinitions, { name: `${plural}.opta.dev` });
    await stage.cluster.transport.request({ method: 'DELETE', path });
  }
}

/** The API server takes its time over it. */
async function uninstalled(...plurals: readonly string[]): Promise<void> {
  for (const plural of plurals) {
    const where = { name: `${plural}.opta.dev` };
    await expect
      .poll(() => get(stage.cluster.transport, customResourceDefinitions, where), { timeout: 60_000 })
      .toBeUndefined();
  }
}

interface Refusing {
  isOn: boolean;
  readonly transport: Pick<Transport, 'request' | 'stream'>;
}

const FORBIDDEN = 'buckets.opta.dev is forbidden: User "opta-operator" cannot list resource "buckets"';

/** The operator's transport, to which lists and watches of buckets can be refused. */
function refusing(status = 403, message = FORBIDDEN): Refusing {
  const { operatorTransport: real } = stage.cluster;
  const isMeant = (path: string) => of.isOn && path.endsWith('/buckets');
  function refuse(path: string): never {
    throw errorOfAnswer({ what: `GET ${path}`, path, status, body: message });
  }
  const of: Refusing = {
    isOn: false,
    transport: {
      async request<T>(call: Call): Promise<T> {
        return isMeant(call.path) ? refuse(call.path) : real.request<T>(call);
      },
      async stream(call, onLine) {
        return isMeant(call.path) ? refuse(call.path) : real.stream(call, onLine);
      },
    },
  };
  return of;
}

test('all types are deleted at once: all that was made goes, the environment last, and nothing hangs', async () => {
  const orders = plainQueue('orders');
  await stage.cluster.apply(environment(), orders);
  const acting = await stage.operator();
  await acting.until(areReady(environment(), orders));
  await uninstall(...ALL);
  await acting.until(look => look(...DEV) === undefined && look('Queue', 'orders') === undefined);
  const { gateway } = stage.world.bench;
  const deleted = gateway.journal.filter(call => call.operation === 'DeleteQueue' && call.status === 200);
  expect(deleted).toHaveLength(1);
  await uninstalled(...ALL);
  await acting.end();
});

test('a type that is not installed has no objects: the others are served, and an environment can go', async () => {
  const orders = plainQueue('orders');
  await uninstall('buckets');
  await uninstalled('buckets');
  await stage.cluster.apply(environment(), orders);
  const acting = await stage.operator();
  await acting.until(areReady(environment(), orders));
  expect(acting.life.operator.unlisted()).toEqual(['buckets.opta.dev is not installed']);
  await stage.cluster.delete('Queue', 'orders');
  await stage.cluster.delete(...DEV);
  await acting.until(look => look(...DEV) === undefined);

  await install(stage.cluster.transport);
  await stage.cluster.apply(bucket('uploads'));
  await acting.until(look => standing(look('Bucket', 'uploads')) === 'Ready=False EnvironmentMissing');
  expect(acting.life.operator.unlisted()).toEqual([]);
  await acting.end();
});

test.each([
  ['that may not be read', 403, FORBIDDEN],
  ['that is not found, though it is installed,', 404, '404 page not found'],
])('objects of a type %s are not taken for none: a deletion waits and says why', async (_, status, says) => {
  const buckets = refusing(status, says);
  await stage.cluster.apply(environment(), plainQueue('orders'));
  const acting = await stage.operator({ transport: buckets.transport });
  await acting.until(areReady(environment(), plainQueue('orders')));
  buckets.isOn = true;
  await stage.cluster.delete('Queue', 'orders');
  await stage.cluster.delete(...DEV);
  await acting.until(look => standing(look(...DEV), 'Stalled') === 'Stalled=True Failed');
  const dev = await stage.cluster.get(...DEV);
  expect(messageOf(dev, 'Synced')).toContain(says);
  const before = acting.passesOf(`OptaEnvironment:${ENVIRONMENT}`);
  await pass({ ...stage.world, objects: stage.cluster.objects }, acting.life, LONG_MS);
  // Waits grow to 45 to 90 s, by chance.
  expect(acting.passesOf(`OptaEnvironment:${ENVIRONMENT}`) - before).toBeLessThan(LONG_MS / 45_000 + 10);
  expect(await stage.cluster.find(...DEV)).toBeDefined();
  buckets.isOn = false;
  await acting.until(look => look(...DEV) === undefined);
  await acting.end();
});

test('an operator that may not read a type begins nothing, says which, and goes on by itself', async () => {
  const buckets = refusing();
  buckets.isOn = true;
  const life = stage.world.live({ transport: buckets.transport });
  const place = { ...stage.world, objects: stage.cluster.objects };
  await pass(place, life, MINUTE_MS);
  expect(life.isLeading).toBe(false);
  expect(life.operator.unlisted()).toEqual([expect.stringContaining('buckets.opta.dev is forbidden')]);
  buckets.isOn = false;
  await pass(place, life, 2 * MINUTE_MS);
  expect([life.isLeading, life.operator.unlisted()]).toEqual([true, []]);
  await life.end();
});
