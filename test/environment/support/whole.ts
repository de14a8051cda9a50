import { AS_AWS, eksControl } from '../../../hack/bench/aws/eks/index.ts';
import type { OptaObject } from '../../../src/operator/objects.ts';
import { byHand } from '../../support/by-hand.ts';
import type { Cluster } from '../../support/cluster.ts';
import { ACCOUNT, environment, type Manifest } from '../../support/manifests.ts';
import { conditionOf, describe, isTrue, pass } from '../../support/settle.ts';
import type { Acting, Lookup, Stage } from '../../support/stage.ts';

/** Network, cluster and domain, as far as the defaults make them. */
export function wholeEnvironment(network: object = {}, kubernetes: object = {}): Manifest {
  const admins = [{ principalArn: `arn:aws:iam::${ACCOUNT}:role/admin` }];
  return environment({
    network,
    kubernetes: { endpoint: { public: false }, admins, ...kubernetes },
    dns: { domain: 'dev.example.com' },
  });
}

/** What is there before: a role that is let in, and an EKS that takes as long as AWS's. */
export async function prepareAccount(stage: Stage): Promise<void> {
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
  await prepareAdmin(stage);
}

/** The role that is let in. */
export async function prepareAdmin(stage: Stage): Promise<void> {
  const hand = byHand(stage);
  await hand.role('admin');
  hand.close();
}

/** Nothing of it is waited for, not even the certificate, without which it is Ready as well. */
export function isWhole(look: Lookup): boolean {
  return isWholeObject(look('OptaEnvironment', 'dev'));
}

function isWholeObject(object: OptaObject | undefined): boolean {
  return ['Ready', 'Synced', 'CertificateIssued'].every(type => isTrue(object, type));
}

/** Until it is whole or the operator has died. Throws with what it says when that takes longer, in virtual time. */
export async function wholeWithin(
  minutes: number,
  { world }: Stage,
  cluster: Cluster,
  { life }: Acting,
): Promise<void> {
  const place = { ...world, objects: cluster.objects };
  for (let passed = 0; passed < minutes; passed++) {
    const isAlive = await pass(place, life, 60_000);
    if (!isAlive || isWholeObject(await cluster.find('OptaEnvironment', 'dev'))) return;
  }
  throw new Error(`not whole after ${minutes} minutes: ${await describe(place)}`);
}

export function reasonOf(look: Lookup, type: string): string {
  return conditionOf(look('OptaEnvironment', 'dev'), type)?.reason ?? '';
}
