import { byHand } from '../../support/by-hand.ts';
import { environment, type Manifest } from '../../support/manifests.ts';
import { allReady, isTrue } from '../../support/settle.ts';
import { NO_CONTROLLERS } from '../../support/small.ts';
import { type Act, deleted, type Story } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';

interface There {
  readonly network: { readonly vpcId: string; readonly privateSubnetIds: readonly string[] };
  readonly zoneId: string;
}

/** Made anew in each run: AWS chooses the ids. */
let there: There = {
  network: { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] },
  zoneId: 'Z0123456789',
};

/** Answers the ids that AWS chose for it. */
export async function makeByHand(world: TestWorld): Promise<readonly string[]> {
  const hand = byHand({ world });
  try {
    const network = await hand.network();
    await hand.cluster('main', network.privateSubnetIds);
    const zoneId = await hand.zone('example.com');
    there = { network, zoneId };
    return [network.vpcId, ...network.privateSubnetIds, zoneId];
  } finally {
    hand.close();
  }
}

/** An environment in what was made by hand last. */
export function withExisting(kubernetes: object = {}, dns: object = {}, spec: object = {}): Manifest {
  return environment({
    logBucket: { mode: 'Disabled' },
    encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
    ...spec,
    network: { existing: there.network },
    kubernetes: { existing: { clusterName: 'main' }, controllerRoles: NO_CONTROLLERS, ...kubernetes },
    dns: { domain: 'dev.example.com', existingZoneId: there.zoneId, ...dns },
  });
}

/** The third is told of with a cluster that is made. */
function applied(mode: 'Enabled' | 'Disabled'): Act {
  const controllerRoles = {
    externalDns: mode,
    loadBalancerController: mode,
    clusterAutoscaler: 'Disabled',
  };
  return {
    act: world => world.apply(withExisting({ controllerRoles })),
    until: objects =>
      objects.length > 0 && objects.every(one => allReady([one]) && isTrue(one, 'CertificateIssued')),
    manifests: [withExisting({ controllerRoles })],
  };
}

const dev = { kind: 'OptaEnvironment', name: 'dev' };

export const EXISTING_STORIES: readonly Story[] = [
  {
    name: 'OptaEnvironment: in a network, with a cluster and a zone that are there already, roles of controllers set and removed, and deleted',
    before: [{ act: makeByHand, until: () => true }],
    acts: [applied('Disabled'), applied('Enabled'), applied('Disabled'), deleted(dev)],
  },
];
