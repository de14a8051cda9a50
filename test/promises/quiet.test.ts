import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENVIRONMENT } from '../support/manifests.ts';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { EVERYTHING } from './everything.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** What AWS was asked to change, and what was written to Kubernetes, while nothing had changed. */
async function written(acting: Acting, work: () => Promise<void>) {
  const { cluster } = stage;
  const mark = stage.mark();
  const before = await cluster.versions();
  const from = acting.life.writes.length;
  await work();
  expect(await cluster.versions()).toEqual(before);
  return {
    aws: stage.writesSince(mark).map(entry => `${entry.service}:${entry.operation} ${entry.resource}`),
    kubernetes: acting.life.writes.slice(from).map(write => write.what),
    reads: stage.world.bench.gateway.journalSince(mark).length,
  };
}

const PASSES = 20;

test('ready objects of every kind with every option are looked at again and again, and nothing is written', async () => {
  await stage.cluster.apply(...EVERYTHING);
  const first = await stage.operator();
  await first.until(areReady(...EVERYTHING));
  const { aws, kubernetes, reads } = await written(first, () => first.driftPasses(PASSES));
  expect({ aws, kubernetes }).toEqual({ aws: [], kubernetes: [] });
  expect(reads).toBeGreaterThan(PASSES * EVERYTHING.length);
  console.log(
    `covered: ${PASSES} drift passes over ${EVERYTHING.length} ready objects: 0 writes to AWS, 0 to Kubernetes`,
  );
  await first.end();
});

test('a restarted operator finds everything as it is, and writes nothing', async () => {
  const { versions } = stage.cluster;
  const [mark, before] = [stage.mark(), await versions()];
  const second = await stage.operator();
  await second.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  expect(second.life.writes).toEqual([]);
  expect(await versions()).toEqual(before);
  await second.end();
});

test('what the environment gives stays told while AWS does not answer, and who builds on it stays ready', async () => {
  const { gateway } = stage.world.bench;
  const acting = await stage.operator();
  await acting.until(areReady(...EVERYTHING));
  const before = await stage.cluster.get('OptaEnvironment', ENVIRONMENT);
  const given = ({ status }: typeof before) => [status?.encryption, status?.logBucket];
  expect(given(before)).toEqual([{ keyArn: expect.any(String) }, expect.any(String)]);
  const [encryption] = given(before) as [{ keyArn: string }];
  const refusals = [
    { service: 'kms', operation: 'DescribeKey', resource: encryption.keyArn.split('/').at(-1) ?? '' },
    { service: 's3', operation: 'GetBucketTagging', resource: before.status?.logBucket as string },
  ].map(rule => gateway.addFault({ ...rule, times: 0, fault: { kind: 'accessDenied' } }));
  const mark = stage.mark();
  await acting.driftPasses(2);
  expect(gateway.faults().map(({ fired }) => fired > 0)).toEqual(refusals.map(() => true));
  expect(given(await stage.cluster.get('OptaEnvironment', ENVIRONMENT))).toEqual(given(before));
  for (const { kind, name, namespace } of EVERYTHING.filter(one => one.kind !== 'OptaEnvironment')) {
    const object = await stage.cluster.get(kind, namespace === undefined ? name : `${namespace}/${name}`);
    expect(`${kind} ${name} ${standing(object)}`).toBe(`${kind} ${name} Ready=True Ready`);
  }
  expect(stage.writesSince(mark)).toEqual([]);
  gateway.clearFaults();
  await acting.end();
});
