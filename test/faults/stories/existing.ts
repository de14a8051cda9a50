import { byHand } from '../../support/by-hand.ts';
import { environment, type Manifest } from '../../support/manifests.ts';
import { allReady, isTrue } from '../../support/settle.ts';
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

async function makeByHand(world: TestWorld): Promise<void> {
  const hand = byHand({ world });
  try {
    const network = await hand.network();
    await hand.cluster('main', network.privateSubnetIds);
    there = { network, zoneId: await hand.zone('example.com') };
  } finally {
    hand.close();
  }
}

function using(controllerRoles: object): Manifest {
  return environment({
    logBucket: { mode: 'Disabled' },
    encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
    network: { existing: there.network },
    kubernetes: { existing: { clusterName: 'main' }, controllerRoles },
    dns: { domain: 'dev.example.com', existingZoneId: there.zoneId },
  });
}

/** The third is told of with a cluster that is made. */
function applied(mode: 'Enabled' | 'Disabled'): Act {
  const roles = { externalDns: mode, loadBalancerController: mode, clusterAutoscaler: 'Disabled' };
  return {
    act: world => world.apply(using(roles)),
    until: objects =>
      objects.length > 0 && objects.every(one => allReady([one]) && isTrue(one, 'CertificateIssued')),
    manifests: [using(roles)],
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
