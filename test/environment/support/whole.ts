import { AS_AWS, eksControl } from '../../../hack/bench/aws/eks/index.ts';
import { ACCOUNT, environment, type Manifest } from '../../support/manifests.ts';
import { conditionOf, isTrue } from '../../support/settle.ts';
import type { Lookup, Stage } from '../../support/stage.ts';
import { byHand } from './by-hand.ts';

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
  const hand = byHand(stage);
  await hand.role('admin');
  hand.close();
}

/** Nothing of it is waited for, not even the certificate, without which it is Ready as well. */
export function isWhole(look: Lookup): boolean {
  const object = look('OptaEnvironment', 'dev');
  return ['Ready', 'Synced', 'CertificateIssued'].every(type => isTrue(object, type));
}

export function reasonOf(look: Lookup, type: string): string {
  return conditionOf(look('OptaEnvironment', 'dev'), type)?.reason ?? '';
}
