import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, startGateway } from './aws/gateway.ts';
import { startMinistack } from './aws/ministack.ts';
import { defaultOverlays } from './aws/overlays/index.ts';
import { ensureControlPlane } from './kubernetes/build.ts';
import { type ControlPlane, startControlPlane } from './kubernetes/start.ts';

/** A real control plane and an emulated AWS behind the fault gateway, all on loopback. */
export interface Bench {
  readonly directory: string;
  readonly controlPlane: ControlPlane;
  readonly gateway: Gateway;
  /** Environment of a process that must never reach the real AWS: dummy keys, this endpoint, no instance metadata. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process and leaves nothing behind. Repeatable. */
  stop(): Promise<void>;
}

export interface BenchOptions {
  readonly log: (line: string) => void;
  readonly auditLog?: boolean;
  /** Of the gateway; default: the machine's, in ms. */
  readonly clock?: () => number;
}

export const DUMMY_KEYS = { accessKeyId: 'AKIABENCHBENCHBENCH0', secretAccessKey: 'bench' } as const;

export async function startBench(options: BenchOptions): Promise<Bench> {
  const { log } = options;
  const directory = await mkdtemp(join(tmpdir(), 'opta-bench-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  let stopped: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    for (const stop of stops.reverse())
      await stop().catch((error: unknown) => log(`while stopping: ${error}`));
  }
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };
  try {
    // Built one after the other: both use all cores.
    await ensureControlPlane({ log });
    const ministack = await startMinistack({ log });
    stops.push(() => ministack.stop());
    const gateway = await startGateway({
      upstreams: { ministack: ministack.url },
      overlays: defaultOverlays(),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    });
    stops.push(() => gateway.stop());
    const controlPlane = await startControlPlane({ directory, log, auditLog: options.auditLog ?? false });
    stops.push(() => controlPlane.stop());
    const environment = {
      KUBECONFIG: controlPlane.kubeconfig,
      AWS_ENDPOINT_URL: gateway.url,
      AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: 'eu-central-1',
    };
    return { directory, controlPlane, gateway, environment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
