/** What CreateCluster and the updates check alike. */
import type { EksCall } from './call.ts';
import { flag, type Json, object, objects, text, texts } from './input.ts';
import { checkKeyAccess } from './network.ts';
import { invalid } from './refusal.ts';

/** Amazon EKS User Guide, "Send control plane logs to CloudWatch Logs". */
const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];
const CIDR = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;

export function checkLogTypes(logging: Json | undefined): void {
  for (const setup of objects(logging ?? {}, 'clusterLogging') ?? []) {
    const unknown = (texts(setup, 'types') ?? []).find(type => !LOG_TYPES.includes(type));
    if (unknown !== undefined) throw invalid(`Unsupported log type: ${unknown}`);
  }
}

/** "Each individual log type can be enabled or disabled independently": what is not named stays. */
export function loggingOf(logging: Json | undefined, before: Json | undefined): Json {
  const enabled = new Set(enabledTypes(before));
  for (const setup of objects(logging ?? {}, 'clusterLogging') ?? []) {
    for (const type of texts(setup, 'types') ?? []) {
      if (flag(setup, 'enabled') === true) enabled.add(type);
      else enabled.delete(type);
    }
  }
  const [on, off] = [
    LOG_TYPES.filter(type => enabled.has(type)),
    LOG_TYPES.filter(type => !enabled.has(type)),
  ];
  return {
    clusterLogging: [
      ...(on.length > 0 ? [{ types: on, enabled: true }] : []),
      ...(off.length > 0 ? [{ types: off, enabled: false }] : []),
    ],
  };
}

export function enabledTypes(logging: Json | undefined): string[] {
  return (objects(logging ?? {}, 'clusterLogging') ?? [])
    .filter(setup => flag(setup, 'enabled') === true)
    .flatMap(setup => texts(setup, 'types') ?? []);
}

/** "The default value is 0.0.0.0/0": VpcConfigRequest. Without public access there are none to show. */
export function publicCidrs(given: string[] | undefined, isPublic: boolean): string[] {
  const wrong = (given ?? []).find(cidr => !CIDR.test(cidr));
  if (wrong !== undefined) throw invalid(`The following CIDRs are invalid in publicAccessCidrs: ${wrong}`);
  if (!isPublic) return [];
  return given === undefined || given.length === 0 ? ['0.0.0.0/0'] : given;
}

/**
 * "The only supported value is secrets"; "The KMS key must be symmetric and created in the same Amazon Web Services
 * Region as the cluster": EncryptionConfig, Provider. `roleArn`: of a cluster that is to be made.
 */
export async function checkEncryption(
  call: EksCall,
  configs: readonly Json[],
  roleArn?: string,
): Promise<void> {
  for (const config of configs) {
    const resources = texts(config, 'resources') ?? [];
    if (resources.some(one => one !== 'secrets') || resources.length === 0)
      throw invalid('encryptionConfig: the only supported resource is secrets');
    const reference = text(object(config, 'provider') ?? {}, 'keyArn') ?? '';
    if (reference.startsWith('arn:') && reference.split(':')[3] !== call.place.region)
      throw invalid(`The key ${reference} is not in the region of the cluster`);
    const key = await call.neighbours.key(call.place, reference);
    if (key === undefined) throw invalid(`The keyArn in encryptionConfig provider ${reference} is invalid`);
    if (key !== 'unknown' && key.state !== 'Enabled')
      throw invalid(`The key in encryptionConfig provider ${reference} is ${key.state}`);
    if (roleArn !== undefined) await checkKeyAccess(call, roleArn, reference);
  }
}
