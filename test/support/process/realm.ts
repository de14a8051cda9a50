import { join } from 'node:path';
import { serviceAccountKubeconfig } from '../../../hack/bench/kubernetes/serviceaccount.ts';
import { type OperatorProcess, spawnOperator } from '../../../hack/demo/operator.ts';
import { REGION } from '../manifests.ts';
import { startWorld, type TestWorld } from '../world.ts';
import { awsSide } from './aws-side.ts';
import { kubeSide } from './kube-side.ts';
import { createParty, type Party, type Teller } from './party.ts';

export interface Process extends OperatorProcess {
  readonly party: Party;
  /** How it ended, once it has. */
  readonly how: string | undefined;
}

export interface ProcessOptions {
  /** Holder of the Lease. */
  readonly identity: string;
  /** Its own, by which its calls are told apart. */
  readonly accessKeyId: string;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A world whose operators are processes of their own, as `npm start` runs them, under the shipped ServiceAccount. */
export interface Realm {
  readonly world: TestWorld;
  /** Resolves when the process was started, long before it works. */
  start(options: ProcessOptions): Promise<Process>;
  /** Kills what still runs. */
  close(): Promise<void>;
}

export async function openRealm(): Promise<Realm> {
  const parties = new Map<string, Teller>();
  const world = await startWorld({
    overlays: awsSide(accessKeyId => parties.get(accessKeyId)),
    watchCache: true,
  });
  const { bench } = world;
  const closing: (() => Promise<void>)[] = [];
  let count = 0;

  async function start(options: ProcessOptions): Promise<Process> {
    count += 1;
    const party = createParty();
    parties.set(options.accessKeyId, party);
    const side = await kubeSide(bench.controlPlane.server, bench.directory, party);
    const access = await serviceAccountKubeconfig(bench.controlPlane, {
      namespace: 'opta-system',
      name: 'opta-operator',
      directory: join(bench.directory, `process-${count}`),
      server: side.url,
    });
    const running = await spawnOperator(
      {
        directory: join(bench.directory, `process-${count}`),
        environment: {
          ...bench.environment,
          AWS_REGION: REGION,
          AWS_ACCESS_KEY_ID: options.accessKeyId,
          KUBECONFIG: access.kubeconfig,
          ...options.environment,
        },
      },
      ['--installation', 'test', '--identity', options.identity, ...(options.flags ?? [])],
    );
    let how: string | undefined;
    const ended = running.ended.then(async text => {
      how = text;
      access.stop();
      await side.close();
      return text;
    });
    closing.push(async () => {
      running.signal('SIGKILL');
      await ended;
    });
    return {
      ...running,
      ended,
      party,
      get how() {
        return how;
      },
    };
  }

  return {
    world,
    start,
    async close() {
      for (const end of closing) await end();
      await world.stop();
    },
  };
}
