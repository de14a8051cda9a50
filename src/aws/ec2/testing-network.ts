/** A network as an object has it, on the bench, with the real engine and virtual time. */
import { randomInt, randomUUID } from 'node:crypto';
import {
  AuthorizeSecurityGroupIngressCommand,
  DeleteRouteCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
} from '@aws-sdk/client-ec2';
import { startEmulators } from '../../../hack/bench/aws/emulators.ts';
import { type Gateway, startGateway } from '../../../hack/bench/aws/gateway.ts';
import type { JournalEntry } from '../../../hack/bench/aws/journal.ts';
import { defaultOverlays } from '../../../hack/bench/aws/overlays/index.ts';
import { isFull } from '../../../hack/vitest/mode.ts';
import { createClaims } from '../../engine/claims.ts';
import { type Clock, steadyTime } from '../../engine/clock.ts';
import { StaleObject } from '../../engine/errors.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { Entry } from '../../engine/inventory.ts';
import { createMemory } from '../../engine/memory.ts';
import type { Owner } from '../../engine/owner.ts';
import { type EngineState, type PassResult, runPass } from '../../engine/pass.ts';
import { nextLook } from '../../engine/testing/converge.ts';
import { adaptorOf, loadAdaptors } from '../adaptors.ts';
import { PUBLISHED_LIMITS } from '../limits.ts';
import type { AwsScope } from '../scope.ts';
import { createSessions, type Sessions } from '../sessions.ts';
import { networkGraph } from './testing-graph.ts';

/** The process ends at the nth write (from 1) to AWS or status. */
export interface Kill {
  readonly at: number;
  readonly point: Point;
}

type Point = 'before' | 'applied' | 'answered';
export const POINTS: readonly Point[] = ['before', 'applied', 'answered'];

/** A process ends at each write and each point of it; without `FULL=1` at every second write, at the points in turn. */
export function killsIn(writes: number): readonly Kill[] {
  return Array.from({ length: writes }, (_, index) =>
    POINTS.filter((__, turn) => isFull || index % (2 * POINTS.length) === 2 * turn).map(point => ({
      at: index + 1,
      point,
    })),
  ).flat();
}

export interface NetworkBench {
  readonly gateway: Gateway;
  object(of: NetworkSpec): Promise<NetworkObject>;
  /** Seconds. */
  pass(seconds: number): void;
  calls(run: () => Promise<unknown>): Promise<readonly JournalEntry[]>;
  stop(): Promise<void>;
}

export interface NetworkSpec {
  readonly zones: number;
  /** Makes another graph of the network's. */
  readonly graph?: (network: readonly GraphNode[], place: NetworkObject['place']) => readonly GraphNode[];
}

export interface NetworkObject {
  readonly place: { readonly accountId: string; readonly region: string };
  readonly scope: AwsScope;
  pass(): Promise<PassResult>;
  /** So many passes, with the time between them that the engine asks for. */
  passes(count: number): Promise<PassResult>;
  /** Passes until there is nothing to do. A process that is ended is followed by another one. */
  converge(kill?: Kill): Promise<PassResult>;
  /** The object is being deleted. */
  remove(): void;
  approve(result: PassResult): Promise<void>;
  /** Changes several things by hand; answers how many. */
  tamper(): Promise<number>;
  writes(): number;
  idOf(node: string): string | undefined;
  entry(node: string): Entry | undefined;
}

const REGION = 'eu-central-1';
const MOST_PASSES = 150;

export async function startNetworkBench(): Promise<NetworkBench> {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    // Nothing waits for rates here.
    setTimeout: () => () => {},
  };
  const emulators = await startEmulators({ log: () => {} });
  const gateway = await startGateway({
    upstreams: emulators.upstreams,
    overlays: defaultOverlays(),
    clock: () => now,
    remembersReads: true,
  });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const closes: (() => void)[] = [];
  return {
    gateway,
    pass,
    object: spec => createObject({ gateway, clock, pass, closes, ...spec }),
    async calls(run) {
      const before = gateway.journal.at(-1)?.id ?? 0;
      await run();
      return gateway.journalSince(before);
    },
    async stop() {
      for (const close of closes) close();
      await gateway.stop();
      await emulators.stop();
    },
  };
}

interface Around extends NetworkSpec {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly pass: (seconds: number) => void;
  readonly closes: (() => void)[];
}

async function createObject({
  gateway,
  clock,
  pass,
  zones,
  closes,
  graph: shape,
}: Around): Promise<NetworkObject> {
  const accountId = String(randomInt(1e11, 9e11));
  const place = { accountId, region: REGION };
  const owner: Owner = {
    installation: 'opta-test',
    cluster: randomUUID(),
    environment: 'shop',
    kind: 'OptaEnvironment',
    namespace: '',
    name: 'shop',
    uid: randomUUID(),
  };
  const network = networkGraph({ ...place, zones });
  const graph = shape?.(network, place) ?? network;
  await gateway.bench.forward({
    service: 'logs',
    ...place,
    operation: 'CreateLogGroup',
    input: { logGroupName: '/opta/shop/flow-logs' },
  });
  let state: EngineState = { resources: [], defaults: {} };
  let deletion: 'None' | 'Remove' = 'None';
  let approved: string | undefined;
  let writes = 0;
  let kill: Kill | undefined;
  let dead = false;

  /** Counts a write, and ends the process at the one that is to be its last. */
  async function around<T>(write: () => Promise<T>): Promise<T> {
    if (dead) throw new Error('the process has ended');
    writes += 1;
    const point = kill?.at === writes ? kill.point : undefined;
    if (point === 'before') {
      dead = true;
      throw new Error('ended before the write');
    }
    const answer = await write();
    if (point !== undefined) dead = true;
    if (point === 'applied') throw new Error('ended before the answer');
    return answer;
  }

  async function live(): Promise<{ sessions: Sessions; scope: AwsScope }> {
    const sessions = createSessions({
      installation: owner.installation,
      clock,
      endpoint: gateway.url,
      hooks: { around: (call, send) => (call.mutating ? around(send) : send()) },
      credentials: async () => ({ accessKeyId: accountId, secretAccessKey: 'bench' }),
      limits: Object.fromEntries(Object.keys(PUBLISHED_LIMITS).map(call => [call, 1_000_000])),
    });
    closes.push(() => sessions.close());
    return { sessions, scope: await sessions.scope(place) };
  }

  let { scope } = await live();
  let memory = createMemory(steadyTime(clock));
  let claims = createClaims(() => clock.monotonic());

  async function restart(): Promise<void> {
    dead = false;
    kill = undefined;
    memory = createMemory(steadyTime(clock));
    claims = createClaims(() => clock.monotonic());
    ({ scope } = await live());
  }

  async function save(next: EngineState): Promise<void> {
    await around(async () => {
      state = JSON.parse(JSON.stringify(next)) as EngineState;
    });
  }

  async function passOnce(): Promise<PassResult> {
    const result = await runPass(
      {
        owner,
        generation: 1,
        policy: 'Apply',
        deletion,
        ...(approved === undefined ? {} : { approve: approved }),
        state,
        defaults: [],
        graph: () => graph,
      },
      {
        scope,
        takeOver: [],
        adaptor: adaptorOf,
        prepare: loadAdaptors,
        claims,
        memory,
        monotonic: () => clock.monotonic(),
        save,
        confirm: async () => {
          if (dead) throw new StaleObject();
        },
      },
    );
    if (deletion === 'None' && JSON.stringify(result.state) !== JSON.stringify(state))
      await save(result.state);
    return result;
  }

  async function passUntil(isEnd: (passes: number, quiet: boolean) => boolean): Promise<PassResult> {
    let before = '';
    for (let passes = 1; passes <= MOST_PASSES; passes += 1) {
      const written = writes;
      const result = await passOnce().catch((error: unknown) => {
        if (dead) return undefined;
        throw error;
      });
      if (dead || result === undefined) {
        await restart();
        continue;
      }
      const wait = nextLook(result);
      const settled = JSON.stringify(result.plan.nodes);
      if (isEnd(passes, wait === undefined && writes === written && settled === before)) return result;
      before = settled;
      pass((wait ?? 1_000) / 1000);
    }
    throw new Error(`still not quiet: ${before}`);
  }

  const entry = (node: string) => state.resources.filter(one => one.node === node).at(-1);
  const idOf = (node: string) => entry(node)?.id;

  return {
    place,
    get scope() {
      return scope;
    },
    pass: passOnce,
    passes: count => passUntil(passes => passes >= count),
    async converge(next) {
      kill = next;
      return passUntil((_, quiet) => quiet);
    },
    remove: () => {
      deletion = 'Remove';
    },
    async approve(result) {
      approved = result.state.plan?.hash;
    },
    async tamper() {
      const [RouteTableId = ''] = (idOf('route/private/1') ?? '').split('|');
      const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
      const { ec2 } = scope;
      const before = gateway.journal.at(-1)?.id ?? 0;
      const off = { Value: false };
      await ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0' }));
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: idOf('group'), IpPermissions }));
      await ec2.send(
        new ModifySubnetAttributeCommand({
          SubnetId: idOf('subnet/public/1'),
          MapPublicIpOnLaunch: { Value: true },
        }),
      );
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId: idOf('vpc'), EnableDnsHostnames: off }));
      await ec2.send(
        new ModifyVpcEndpointCommand({
          VpcEndpointId: idOf('endpoint'),
          RemoveRouteTableIds: [RouteTableId],
        }),
      );
      return gateway.journalSince(before).filter(call => call.mutating).length;
    },
    writes: () => writes,
    idOf,
    entry,
  };
}
