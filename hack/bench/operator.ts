import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { type ServiceAccountKubeconfig, serviceAccountKubeconfig } from './kubernetes/serviceaccount.ts';

/**
 * The operator's own identity, for after `install`: its ServiceAccount with the shipped rights, as a token file that is
 * written anew before the token ends. The operator under test is never an administrator.
 */
export function operatorAccess(
  bench: Pick<Bench, 'controlPlane' | 'directory'>,
  log: (line: string) => void,
): Promise<ServiceAccountKubeconfig> {
  return serviceAccountKubeconfig(bench.controlPlane, {
    namespace: 'opta-system',
    name: 'opta-operator',
    directory: join(bench.directory, 'operator'),
    log,
  });
}
