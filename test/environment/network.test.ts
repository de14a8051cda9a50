import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environment } from '../support/manifests.ts';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';

const DEV = environment({ network: {}, encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } });

let stage: Stage;
let acting: Acting;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

describe('an environment with a network alone', () => {
  test('is Ready, with what others build upon in its status', async () => {
    await stage.cluster.apply(DEV);
    acting = await stage.operator();
    await acting.until(areReady(DEV));
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    console.log(JSON.stringify(status?.conditions));
    expect(status).toMatchObject({
      network: {
        vpcId: expect.stringMatching(/^vpc-/),
        cidr: '10.0.0.0/16',
        zones: [expect.any(String), expect.any(String), expect.any(String)],
      },
    });
  });

  test('is looked at again, and nothing is written', async () => {
    const mark = stage.mark();
    const before = await stage.cluster.versions();
    await acting.driftPasses(1);
    const calls = stage.world.bench.gateway.journalSince(mark).map(one => `${one.service}:${one.operation}`);
    console.log(calls.length, calls.join(' '));
    expect(stage.writesSince(mark)).toEqual([]);
    expect(await stage.cluster.versions()).toEqual(before);
  });

  test('is gone without a trace when it is deleted', async () => {
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
  });
});
