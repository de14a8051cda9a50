import type { Target } from '../aws/sessions.ts';
import { onceFor } from '../engine/once-for.ts';
import { trustedDefaults, withDefaults } from '../kinds/defaults.ts';
import { environmentKind } from '../kinds/environment/environment.ts';
import type { EnvironmentFacts, Grants, Kind } from '../kinds/kind.ts';
import type { OptaObject } from './objects.ts';

interface EnvironmentSpec {
  readonly region: string;
  readonly accountId: string;
  readonly roleArn?: string;
  readonly externalId?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly encryption?: { readonly deletionWindowDays?: number };
  readonly grants?: Grants;
}

// Each pass of each object in an environment asks, more than once; what the API server sent is never changed.

/** What an environment gives to its objects: from its spec, and from what its status says that it made. */
export const factsOf = onceFor(readFacts);

export const targetOf = onceFor(readTarget);

function readFacts(environment: OptaObject): EnvironmentFacts {
  const spec = fullSpec(environment);
  const status = environment.status ?? {};
  const encryption = status.encryption as { keyArn?: string } | undefined;
  return {
    name: environment.metadata.name,
    tags: spec.tags ?? {},
    keyArn: encryption?.keyArn,
    keyDeletionWindowDays: spec.encryption?.deletionWindowDays ?? 30,
    logBucket: status.logBucket as string | undefined,
    grants: spec.grants ?? {},
  };
}

function readTarget(environment: OptaObject): Target {
  const { region, accountId, roleArn, externalId } = fullSpec(environment);
  return {
    region,
    accountId,
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(externalId === undefined ? {} : { externalId }),
  };
}

function fullSpec(environment: OptaObject): EnvironmentSpec {
  const defaults = trustedDefaults(environmentKind as Kind, environment.status?.defaults);
  const spec: unknown = withDefaults(environment.spec, defaults);
  return spec as EnvironmentSpec;
}
