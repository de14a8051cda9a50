import { OptaEnvironment, type OptaEnvironmentSpec } from '../../api/environment.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import type { DefaultField } from '../../engine/pass.ts';
import { unsetOf } from '../defaults.ts';
import { type Kind, type KindInput, tagsProblem } from '../kind.ts';
import { encryptionNodes } from './encryption.ts';
import { logNodes, logRetentionDays } from './logs.ts';

/** One AWS account and region with what its objects share. Each part of it is a file beside this one. */
export const environmentKind: Kind<OptaEnvironmentSpec> = {
  api: OptaEnvironment,
  defaultDeletionPolicy: 'Delete',
  references: () => [],
  defaults,
  check: tagsProblem,
  graph,
  outputs,
};

function graph(input: KindInput<OptaEnvironmentSpec>): readonly GraphNode[] {
  return [...encryptionNodes(input), ...logNodes(input)];
}

function defaults(spec: OptaEnvironmentSpec): readonly DefaultField[] {
  return unsetOf(spec, [
    { field: 'encryption.deletionWindowDays', value: 30 },
    { field: 'encryption.onDelete', value: 'Keep' },
    {
      field: 'logBucket.mode',
      value: 'Enabled',
      probe: 'Enabled',
      observed: seen => (seen.id('key') === undefined ? undefined : logMode(seen)),
    },
    { field: 'logBucket.retentionDays', value: 90, observed: logRetentionDays },
  ]);
}

function logMode(seen: Observations): string {
  return seen.id('log-bucket') === undefined ? 'Disabled' : 'Enabled';
}

function outputs(
  input: KindInput<OptaEnvironmentSpec>,
  seen: Observations,
): Readonly<Record<string, unknown>> {
  const keyArn = seen.arn('key');
  const logBucket = input.spec.logBucket?.mode === 'Disabled' ? 'Disabled' : seen.id('log-bucket');
  return {
    accountId: input.place.accountId,
    ...(keyArn === undefined ? {} : { encryption: { keyArn } }),
    ...(logBucket === undefined ? {} : { logBucket }),
  };
}
