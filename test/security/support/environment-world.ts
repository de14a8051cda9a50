import { CreateRoleCommand } from '@aws-sdk/client-iam';
import type { Kind } from '../../../src/kinds/kind.ts';
import type { OptaObject } from '../../../src/operator/objects.ts';
import { isWaiting } from '../../support/approval.ts';
import { type EnvironmentClients, environmentClients } from '../../support/environment-clients.ts';
import { allReady, conditionOf, isTrue } from '../../support/settle.ts';
import { ACCOUNT, environment, REGION, startWorld, type TestWorld } from '../../support/world.ts';
import { ENVIRONMENT_ROWS, type EnvironmentAsked, type EnvironmentCheck } from './environment-checks.ts';
import { type EnvironmentState, readEnvironment } from './environment-state.ts';
import { type Run, run } from './run.ts';

const DOMAIN = 'dev.example.com';
export const ADMIN = `arn:aws:iam::${ACCOUNT}:role/admin`;
const POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

const WHOLE = {
  dns: { domain: DOMAIN },
  encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
} as const;
const CLUSTER = { endpoint: { public: false }, admins: [{ principalArn: ADMIN }] } as const;

/** A bench with one environment that has everything, and an operator that looks after it. */
export interface EnvironmentWorld {
  readonly world: TestWorld;
  readonly operator: Run;
  readonly clients: EnvironmentClients;
  /** What the spec asks for beyond the defaults. */
  asked: Partial<EnvironmentAsked>;
  state(): Promise<EnvironmentState>;
  /** What does not hold, by row. */
  broken(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Default: in what AWS has now. */
  brokenIn(check: EnvironmentCheck, state?: EnvironmentState): Promise<readonly string[]>;
  /** A drift interval, and until all is done. */
  drift(): Promise<void>;
  /** The same, and somebody agrees to whatever asks for it. */
  driftApproved(): Promise<void>;
  close(): Promise<void>;
}

export interface EnvironmentWorldOptions {
  readonly kinds?: readonly Kind[];
  /** What happens before the operator is there. */
  readonly before?: (world: TestWorld) => Promise<void>;
}

export async function environmentWorld({
  kinds,
  before,
}: EnvironmentWorldOptions = {}): Promise<EnvironmentWorld> {
  const world = await startWorld();
  const clients = environmentClients(world);
  await makeAdmin(clients);
  await before?.(world);
  const operator = await run(world, kinds === undefined ? {} : { kinds });

  async function askedNow(): Promise<EnvironmentAsked> {
    const object = await world.get('OptaEnvironment', 'dev');
    const told = ['SupportEnding', 'NodeImageOutdated'].filter(
      type => conditionOf(object, type)?.status === 'True',
    );
    return {
      region: REGION,
      zones: 3,
      domain: DOMAIN,
      publicCidrs: [],
      admins: { [ADMIN]: POLICY },
      now: world.clock.now(),
      told,
      ...one.asked,
    };
  }

  const one: EnvironmentWorld = {
    world,
    operator,
    clients,
    asked: {},
    state: () => readEnvironment(world, clients),
    async broken() {
      const [state, asked] = await Promise.all([one.state(), askedNow()]);
      const rows = Object.entries(ENVIRONMENT_ROWS).map(
        ([row, check]) => [row, check(state, asked)] as const,
      );
      return Object.fromEntries(rows.filter(([, problems]) => problems.length > 0));
    },
    async brokenIn(check, state) {
      const [seen, asked] = await Promise.all([state ?? one.state(), askedNow()]);
      return check(seen, asked);
    },
    async drift() {
      await operator.drift();
      await settled(one);
    },
    async driftApproved() {
      await operator.drift();
      await operator.settle(objects => isSettled(objects) || objects.every(isWaiting));
      await agreed(one);
    },
    async close() {
      await operator.end();
      for (const client of Object.values(clients)) client.destroy();
      await world.stop();
    },
  };
  return one;
}

/** Until its newest spec is served, with the certificate, which Ready does not wait for. */
export async function settled({
  world,
  operator,
}: Pick<EnvironmentWorld, 'world' | 'operator'>): Promise<void> {
  const { generation = 0 } = (await world.get('OptaEnvironment', 'dev'))?.metadata ?? {};
  await operator.settle(
    objects => isSettled(objects) && objects.some(one => (one.metadata.generation ?? 0) >= generation),
  );
}

/** Somebody agrees to what waits for it, and to what comes of that, until all is done. */
export async function agreed({
  world,
  operator,
}: Pick<EnvironmentWorld, 'world' | 'operator'>): Promise<void> {
  let isDone = false;
  while (!isDone) {
    const hash = (await world.get('OptaEnvironment', 'dev'))?.status?.plan?.hash;
    if (hash !== undefined) await world.annotate('OptaEnvironment', 'dev', { 'opta.dev/approve': hash });
    await operator.settle(objects => {
      isDone = isSettled(objects);
      return isDone || objects.every(object => isWaiting(object) && object.status?.plan?.hash !== hash);
    });
  }
}

export function isSettled(objects: readonly OptaObject[]): boolean {
  const type = 'CertificateIssued';
  const hasCertificate = (object: OptaObject) =>
    conditionOf(object, type) === undefined || isTrue(object, type);
  return allReady(objects) && objects.every(hasCertificate);
}

/** Whom the spec gives the cluster to. */
async function makeAdmin({ iam }: EnvironmentClients): Promise<void> {
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new CreateRoleCommand({ RoleName: 'admin', AssumeRolePolicyDocument }));
}

export function whole(kubernetes: object = {}, network: object = {}) {
  return environment({
    ...WHOLE,
    network: { availabilityZones: 3, ...network },
    kubernetes: { ...CLUSTER, ...kubernetes },
  });
}
