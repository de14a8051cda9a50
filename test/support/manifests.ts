/** The objects that tests apply, and where they are. */

export const KIND_NAMES = ['OptaEnvironment', 'Queue', 'Topic', 'Bucket'] as const;
export const NAMESPACE = 'shop';
export const ENVIRONMENT = 'dev';
/** A 12-digit access key is the account, for the emulator. */
export const ACCOUNT = '111111111111';
export const REGION = 'eu-central-1';

export interface Manifest {
  readonly kind: string;
  readonly name: string;
  readonly spec: object;
  readonly annotations?: Record<string, string>;
  /** Default: NAMESPACE. */
  readonly namespace?: string;
}

/** Neither network nor cluster. */
export const MESSAGING_AND_STORAGE = { network: { enabled: false }, kubernetes: { enabled: false } } as const;

/** An environment that everything else of a test is in. */
export function environment(spec: object = {}): Manifest {
  return {
    kind: 'OptaEnvironment',
    name: ENVIRONMENT,
    spec: { region: REGION, accountId: ACCOUNT, ...MESSAGING_AND_STORAGE, ...spec },
  };
}

/** No bucket for logs: an operator that begins looks at all that there is, and this is a third of it. */
export function plainEnvironment(): Manifest {
  return environment({ logBucket: { mode: 'Disabled' } });
}

export function queue(name: string, spec: object = {}): Manifest {
  return { kind: 'Queue', name, spec };
}

/** No key and no second queue of its own: little to wait for. */
export function plainQueue(name: string, spec: object = {}): Manifest {
  return queue(name, { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' }, ...spec });
}

export function topic(name: string, spec: object = {}): Manifest {
  return { kind: 'Topic', name, spec };
}

export function bucket(name: string, spec: object = {}): Manifest {
  return { kind: 'Bucket', name, spec };
}
