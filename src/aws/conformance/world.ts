import { randomInt, randomUUID } from 'node:crypto';
import { startEmulators } from '../../../hack/bench/aws/emulators.ts';
import { type Gateway, startGateway } from '../../../hack/bench/aws/gateway.ts';
import type { JournalEntry } from '../../../hack/bench/aws/journal.ts';
import { benchNameServers } from '../../../hack/bench/aws/name-servers.ts';
import { defaultOverlays } from '../../../hack/bench/aws/overlays/index.ts';
import type { Identity } from '../../engine/adaptor.ts';
import { systemClock } from '../../engine/clock.ts';
import { type Owner, ownershipTags, type Tags } from '../../engine/owner.ts';
import { PUBLISHED_LIMITS } from '../limits.ts';
import { loadEnvironmentServices } from '../on-demand.ts';
import type { AwsScope } from '../scope.ts';
import { createSessions } from '../sessions.ts';

/** An empty account on the emulated AWS, and the object whose resources are made in it. */
export interface World {
  readonly gateway: Gateway;
  readonly scope: AwsScope;
  readonly owner: Owner;
  /** Used nowhere else, also where names are one space for all accounts. */
  readonly unique: string;
  identity(of?: Partial<Identity>): Identity;
  /** The ownership tags of the identity, and one of the user. */
  tags(attempt?: string): Tags;
  /** Runs and gives the calls that it made. */
  calls(run: () => Promise<unknown>): Promise<readonly JournalEntry[]>;
}

export interface AwsBench {
  readonly gateway: Gateway;
  world(of?: { region?: string; accountId?: string }): Promise<World>;
  stop(): Promise<void>;
}

export const NODE = 'thing';
export const USER_TAGS: Tags = { team: 'payments' };

/** The emulators and one gateway; a test file starts one and makes a world for each test. */
export async function startAwsBench(): Promise<AwsBench> {
  await loadEnvironmentServices();
  const emulators = await startEmulators({ log: () => {} });
  const gateway = await startGateway({
    remembersReads: true,
    upstreams: emulators.upstreams,
    overlays: defaultOverlays(),
  });
  const closes: (() => void)[] = [];

  async function world(of: { region?: string; accountId?: string } = {}): Promise<World> {
    gateway.clearFaults();
    const accountId = of.accountId ?? String(randomInt(1e11, 9e11));
    const unique = randomUUID().slice(0, 8);
    const sessions = createSessions({
      installation: 'opta-test',
      // Time goes on as the test moves it at the gateway.
      clock: { ...systemClock, now: gateway.now, monotonic: gateway.now },
      hooks: {},
      endpoint: gateway.url,
      credentials: async () => ({ accessKeyId: accountId, secretAccessKey: 'bench' }),
      nameServersOf: benchNameServers(gateway, accountId),
      // No waiting for published rates: what they are is tested where they are made.
      limits: Object.fromEntries(Object.keys(PUBLISHED_LIMITS).map(call => [call, 1000])),
    });
    closes.push(() => sessions.close());
    const scope = await sessions.scope({
      accountId,
      region: of.region ?? 'eu-central-1',
    });
    const owner: Owner = {
      installation: 'opta-test',
      cluster: '11111111-0000-4000-8000-000000000000',
      environment: 'test',
      kind: 'Thing',
      namespace: 'shop',
      name: unique,
      uid: randomUUID(),
    };
    return {
      gateway,
      scope,
      owner,
      unique,
      identity: given => ({
        owner,
        node: NODE,
        epoch: 1,
        name: undefined,
        id: undefined,
        arn: undefined,
        ...given,
      }),
      tags: attempt => ({ ...USER_TAGS, ...ownershipTags(owner, NODE, 1, attempt) }),
      async calls(run) {
        const before = gateway.journal.at(-1)?.id ?? 0;
        await run();
        return gateway.journalSince(before);
      },
    };
  }

  return {
    gateway,
    world,
    async stop() {
      for (const close of closes) close();
      await gateway.stop();
      await emulators.stop();
    },
  };
}
