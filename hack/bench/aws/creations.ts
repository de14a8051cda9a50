/** When each resource was created through the gateway, for faults that treat new resources apart. */

import { CREATED_ID } from './ec2-resources.ts';
import { isRecord } from './input.ts';
import type { Answer, Call } from './overlay.ts';
import { xmlText } from './xml.ts';

const KEPT = 50_000;
const CREATES = new Set([
  'CreateBucket',
  'CreateQueue',
  'CreateTopic',
  'Subscribe',
  'CreateKey',
  'CreateAlias',
  'CreateCluster',
  'CreateNodegroup',
  'CreateAddon',
  'CreateAccessEntry',
  'CreatePodIdentityAssociation',
  'CreateRole',
  'CreatePolicy',
  'CreateOpenIDConnectProvider',
  'CreateLogGroup',
  ...Object.keys(CREATED_ID),
]);
const DELETES = new Set([
  'DeleteBucket',
  'DeleteQueue',
  'DeleteTopic',
  'Unsubscribe',
  'DeleteAlias',
  'DeleteCluster',
  'DeleteNodegroup',
  'DeleteAddon',
  'DeleteAccessEntry',
  'DeletePodIdentityAssociation',
  'DeleteRole',
  'DeletePolicy',
  'DeleteOpenIDConnectProvider',
  'DeleteLogGroup',
]);

export interface Creations {
  /** Notes a creation or deletion that the emulator has confirmed. */
  observe(call: Call, answer: Answer, now: number): void;
  /** Milliseconds, or undefined for a resource that did not come through the gateway; by default the call's own. */
  createdAt(call: Call, resource?: string): number | undefined;
  clear(): void;
}

/** Names, ids and ARNs of one resource come down to the same key; bucket names are global. */
function keyOf(call: Call, resource: string): string {
  const name = call.service === 'kms' ? resource.replace(/^arn:[^/]*:(?:key\/|(?=alias\/))/, '') : resource;
  if (call.service === 'iam') return `iam|${call.accountId}|${iamName(name)}`;
  if (call.service === 'logs')
    return `logs|${call.accountId}|${call.region}|${name.replace(/^arn:.*:log-group:|:\*$/g, '')}`;
  return call.service === 's3' ? `s3|${name}` : `${call.service}|${call.accountId}|${call.region}|${name}`;
}

/** Names, without the path of an ARN or the scheme of an issuer's URL. */
function iamName(resource: string): string {
  return resource.replace(/^(https:\/\/|arn:[^/]*:oidc-provider\/|arn:[^/]*:(role|policy)\/(.*\/)?)/, '');
}

function createdName(call: Call, answer: Answer): string {
  const text = answer.body.toString('utf8');
  if (call.operation === 'CreateTopic') return xmlText(text, 'TopicArn') ?? '';
  if (call.operation === 'Subscribe') return xmlText(text, 'SubscriptionArn') ?? '';
  const element = call.service === 'ec2' ? CREATED_ID[call.operation] : undefined;
  if (element !== undefined) return xmlText(text, element) ?? '';
  if (call.operation !== 'CreateKey' && call.operation !== 'CreatePodIdentityAssociation')
    return call.resource;
  const parsed: unknown = JSON.parse(text);
  if (isRecord(parsed) && isRecord(parsed.association))
    return `${call.resource}/pod-identity/${parsed.association.associationId}`;
  const metadata = isRecord(parsed) ? parsed.KeyMetadata : undefined;
  return isRecord(metadata) ? String(metadata.KeyId) : '';
}

export function createCreations(): Creations {
  const created = new Map<string, number>();

  function observe(call: Call, answer: Answer, now: number): void {
    if (answer.status >= 300) return;
    if (DELETES.has(call.operation)) {
      created.delete(keyOf(call, call.resource));
      return;
    }
    if (!CREATES.has(call.operation)) return;
    const key = keyOf(call, createdName(call, answer));
    // A create that finds the resource there already does not make it new.
    if (created.has(key)) return;
    created.set(key, now);
    if (created.size <= KEPT) return;
    for (const oldest of created.keys()) {
      created.delete(oldest);
      break;
    }
  }

  return {
    observe,
    createdAt: (call, resource = call.resource) =>
      resource === '' ? undefined : created.get(keyOf(call, resource)),
    clear: () => created.clear(),
  };
}
