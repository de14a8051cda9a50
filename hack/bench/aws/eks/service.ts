/** What the gateway knows of EKS besides the model: names of its operations, and of what they make. */

import type { Call } from '../overlay.ts';
import { EKS_OPERATIONS } from './routes.ts';

const READS = /^(Get|List|Head|Describe)/;

/** No emulator serves EKS: the model answers, as an overlay. */
export const EKS_SERVICE = {
  upstream: 'ministack' as const,
  operations: new Map(
    EKS_OPERATIONS.map(name => [name, { mutating: !READS.test(name), served: false }] as const),
  ),
};

export const EKS_CREATES = [
  'CreateCluster',
  'CreateNodegroup',
  'CreateAddon',
  'CreateAccessEntry',
  'CreatePodIdentityAssociation',
];

export const EKS_DELETES = EKS_CREATES.map(name => name.replace('Create', 'Delete'));

/** What a create made, as later calls name it: an association has an id of AWS's. */
export function eksCreatedName(call: Call, answer: string): string {
  const id = /"associationId":"([^"]*)"/.exec(answer)?.[1];
  return id === undefined ? call.resource : `${call.resource}/pod-identity/${id}`;
}
