import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eksControl } from './aws/eks/index.ts';
import { type Emulators, startEmulators } from './aws/emulators.ts';
import { type Gateway, startGateway } from './aws/gateway.ts';
import type { Overlay } from './aws/overlay.ts';
import { defaultOverlays } from './aws/overlays/index.ts';
import { ensureControlPlane } from './kubernetes/build.ts';
import type { ApiserverOptions } from './kubernetes/flags.ts';
import { type ControlPlane, startControlPlane } from './kubernetes/start.ts';

/** A real control plane and an emulated AWS behind the fault gateway, all on loopback. */
export interface Bench {
  readonly directory: string;
  readonly controlPlane: ControlPlane;
  readonly gateway: Gateway;
  /** The emulator behind the gateway for S3, SQS, SNS and KMS, for measuring it alone. */
  readonly emulatorUrl: string;
  /** Environment of a process that must never reach the real AWS: dummy keys, this endpoint, no instance metadata. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process and leaves nothing behind. Repeatable. */
  stop(): Promise<void>;
}

export interface BenchOptions {
  readonly log: (line: string) => void;
  readonly apiserver?: ApiserverOptions;
  /** Ends the start between two of its steps; what was started is stopped. */
  readonly signal?: AbortSignal;
  /** Rules of a test or benchmark besides the bench's own. */
  readonly overlays?: Overlay[];
  /** Of the gateway; default: the machine's, in ms. */
  readonly clock?: () => number;
  /** Emulators are asked once what is read again and again. Not for who measures them. */
  readonly remembersReads?: boolean;
  /** Started and stopped by somebody else, and empty; default: its own. */
  readonly parts?: BenchParts;
}

export interface BenchParts {
  readonly emulators: Emulators;
  readonly controlPlane: ControlPlane;
}

export const DUMMY_KEYS = { accessKeyId: 'AKIABENCHBENCHBENCH0', secretAccessKey: 'bench' } as const;

/** Rejects with what failed, or with the signal's reason; nothing is left running then. */
export async function startBench(options: BenchOptions): Promise<Bench> {
  const { log, signal } = options;
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
    signal?.throwIfAborted();
    const emulators = options.parts?.emulators ?? (await startEmulators({ log }));
    if (options.parts === undefined) stops.push(() => emulators.stop());
    const gateway = await startGateway({
      upstreams: emulators.upstreams,
      overlays: [...(options.overlays ?? []), ...defaultOverlays()],
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      remembersReads: options.remembersReads === true,
    });
    stops.push(() => gateway.stop());
    signal?.throwIfAborted();
    const controlPlane =
      options.parts?.controlPlane ?? (await startControlPlane({ directory, log, ...options.apiserver }));
    if (options.parts === undefined) stops.push(() => controlPlane.stop());
    signal?.throwIfAborted();
    // So that an operator that looks for its cluster finds one on this machine, and asks no name server of the world.
    const { server: endpoint, caData: certificate } = controlPlane;
    eksControl(gateway).settings.apiServer = { endpoint, certificate };
    const environment = {
      KUBECONFIG: controlPlane.kubeconfig,
      AWS_ENDPOINT_URL: gateway.url,
      AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: 'eu-central-1',
      // A profile of the user may name another endpoint for one service.
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    return { directory, controlPlane, gateway, emulatorUrl: emulators.ministackUrl, environment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
