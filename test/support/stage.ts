import type { JournalEntry } from '../../hack/bench/aws/journal.ts';
import type { Overlay } from '../../hack/bench/aws/overlay.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import type { Cluster } from './cluster.ts';
import { lastingClusters } from './lasting.ts';
import type { Life, LifeOptions } from './life.ts';
import type { Manifest } from './manifests.ts';
import { conditionOf, isTrue, quiet, settle } from './settle.ts';
import { startWorld, type TestWorld } from './world.ts';

/** A test world with an operator in it that has the shipped rights, and what a test does with time. */
export interface Stage {
  readonly world: TestWorld;
  readonly cluster: Cluster;
  /** A second, empty cluster before the same AWS. */
  anotherCluster(): Promise<Cluster>;
  /** Starts an operator; it is ended by `close`, or when the test ends it. */
  operator(options?: OperatorOf): Promise<Acting>;
  /** Several operators of one cluster as one; objects are seen as the first one sees them. */
  together(...operators: readonly Acting[]): Pick<Acting, 'until' | 'quiet'>;
  /** AWS calls that changed something, since the mark. */
  writesSince(mark: number): readonly JournalEntry[];
  mark(): number;
  /** No objects, an empty AWS, no operator. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export type OperatorOf = Partial<LifeOptions> & {
  readonly in?: Cluster;
};

/** An operator that runs, as tests drive it. */
export interface Acting {
  readonly life: Life;
  /** Lets it work, in virtual time, until the objects are so. */
  until(wanted: (object: Lookup) => boolean): Promise<void>;
  /** Until nothing more is to be done now; virtual time stands still. */
  quiet(): Promise<void>;
  /** Each object is looked at again so many times; the interval is the default one. */
  driftPasses(times: number): Promise<void>;
  /** How often this object was looked at: `Queue:shop/orders`. */
  passesOf(key: string): number;
  /** Ends it as a crash does. */
  end(): Promise<void>;
}

/** Finds an object by kind and `name` or `namespace/name`; undefined where there is none. */
export type Lookup = (kind: string, at: string) => OptaObject | undefined;

const DRIFT_MS = 5 * 60_000;

/** `overlays`: rules of a test besides the bench's own. */
export async function openStage(overlays: Overlay[] = []): Promise<Stage> {
  const world = await startWorld({ overlays });
  const { cluster } = world;
  const acting = new Set<Acting>();
  const others: Cluster[] = [];
  async function operator({ in: at = cluster, ...options }: OperatorOf = {}): Promise<Acting> {
    const passes = new Map<string, number>();
    const life = world.live({
      transport: at.operatorTransport,
      news: at.news,
      ...options,
      onPass(pass) {
        passes.set(pass.key, (passes.get(pass.key) ?? 0) + 1);
        options.onPass?.(pass);
      },
    });
    const told = { ...world, objects: at.objects };
    // Not `led` alone: a list that failed is tried again when time moves on.
    await settle(told, life, () => life.isLeading);
    const one: Acting = {
      life,
      async until(wanted) {
        await settle(told, life, objects => wanted(lookupIn(objects)));
      },
      quiet: () => quiet(told, life),
      async driftPasses(times) {
        for (let round = 0; round < times; round++) {
          const keys = (await at.objects()).map(keyOf);
          const before = new Map(keys.map(key => [key, passes.get(key) ?? 0]));
          world.clock.advance(DRIFT_MS);
          await settle(told, life, () => keys.every(key => (passes.get(key) ?? 0) > (before.get(key) ?? 0)));
        }
      },
      passesOf: key => passes.get(key) ?? 0,
      async end() {
        acting.delete(one);
        await life.end();
      },
    };
    acting.add(one);
    return one;
  }

  return {
    world,
    cluster,
    async anotherCluster() {
      const other = await lastingClusters.borrow();
      others.push(other);
      return other;
    },
    operator,
    together(...operators) {
      const life = oneLife(operators.map(one => one.life));
      const told = { ...world, objects: cluster.objects };
      return {
        async until(wanted) {
          await settle(told, life, objects => wanted(lookupIn(objects)));
        },
        quiet: () => quiet(told, life),
      };
    },
    writesSince: mark => world.bench.gateway.journalSince(mark).filter(entry => entry.mutating),
    mark: () => world.bench.gateway.journal.at(-1)?.id ?? 0,
    async clear() {
      for (const one of [...acting]) await one.end();
      await world.reset();
    },
    async close() {
      for (const one of [...acting]) await one.end();
      for (const other of others) await lastingClusters.giveBack(other);
      await world.stop();
    },
  };
}

function oneLife(lives: readonly Life[]): Life {
  const [first] = lives;
  if (first === undefined) throw new Error('no life is given');
  const sum = (of: (life: Life) => number) => lives.reduce((total, life) => total + of(life), 0);
  const queue = {
    ...first.operator.queue,
    get running() {
      return sum(life => life.operator.queue.running);
    },
    get depth() {
      return sum(life => life.operator.queue.depth);
    },
  };
  return {
    ...first,
    operator: { ...first.operator, queue },
    get isUpToDate() {
      return lives.every(life => life.isUpToDate);
    },
    get isLeading() {
      return lives.every(life => life.isLeading);
    },
    get writes() {
      return lives.flatMap(life => life.writes);
    },
    get died() {
      return lives.some(life => life.died);
    },
    get requests() {
      return sum(life => life.requests);
    },
    get busy() {
      return sum(life => life.busy);
    },
    async end() {
      for (const life of lives) await life.end();
    },
  };
}

function lookupIn(objects: readonly OptaObject[]): Lookup {
  return (kind, at) =>
    objects.find(one => one.kind === kind && (nameOf(one) === at || one.metadata.name === at));
}

function nameOf({ metadata }: OptaObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

function keyOf(object: OptaObject): string {
  return `${object.kind}:${nameOf(object)}`;
}

/** `Ready=True Ready`, `Ready=False Conflict`. */
export function standing(object: OptaObject | undefined, type = 'Ready'): string {
  const condition = conditionOf(object, type);
  return condition === undefined ? `${type} unknown` : `${type}=${condition.status} ${condition.reason}`;
}

export function messageOf(object: OptaObject | undefined, type = 'Ready'): string {
  return conditionOf(object, type)?.message ?? '';
}

/** All of them are there, Ready and Synced for their newest spec. */
export function areReady(...manifests: readonly Manifest[]): (look: Lookup) => boolean {
  return look =>
    manifests.every(({ kind, name, namespace }) => {
      const object = look(kind, namespace === undefined ? name : `${namespace}/${name}`);
      return isTrue(object, 'Ready') && isTrue(object, 'Synced');
    });
}
