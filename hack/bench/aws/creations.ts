/** When each resource was created through the gateway, for faults that treat new resources apart. */

import { CREATED_ID } from './ec2-resources.ts';
import { EKS_CREATES, EKS_DELETES, eksCreatedName } from './eks/service.ts';
import { isRecord } from './input.ts';
import { createdNamed, NAMED_CREATES, NAMED_DELETES, plainName } from './named-resources.ts';
import type { Answer, Call } from './overlay.ts';
import { xmlText } from './xml.ts';

const KEPT = 50_000;
/** Their request names what they make, and not what is there already. */
export const MADE_BY_NAME: ReadonlySet<string> = new Set([
  ...EKS_CREATES,
  'CreateBucket',
  'CreateQueue',
  'CreateTopic',
  'CreateKey',
  'CreateAlias',
  ...NAMED_CREATES,
]);
const CREATES = new Set([...MADE_BY_NAME, 'Subscribe', ...Object.keys(CREATED_ID)]);
const DELETES = new Set([
  'DeleteBucket',
  'DeleteQueue',
  'DeleteTopic',
  'Unsubscribe',
  'DeleteAlias',
  ...EKS_DELETES,
  ...NAMED_DELETES,
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
  // It tells of all services, by ARN.
  const [service, told] =
    call.service === 'tagging'
      ? [resource.split(':')[2] ?? '', tailOfArn(resource)]
      : [call.service, resource];
  const name =
    service === 'kms' ? told.replace(/^arn:[^/]*:(?:key\/|(?=alias\/))/, '') : plainName(service, told);
  return service === 's3' ? `s3|${name}` : `${service}|${call.accountId}|${call.region}|${name}`;
}

/** As calls of the service itself name the resource. */
function tailOfArn(arn: string): string {
  const [, , service = ''] = arn.split(':');
  if (service === 'sqs' || service === 's3') return arn.slice(arn.lastIndexOf(':') + 1);
  return service === 'ec2' ? arn.slice(arn.lastIndexOf('/') + 1) : arn;
}

function createdName(call: Call, answer: Answer): string {
  const text = answer.body.toString('utf8');
  if (call.service === 'eks') return eksCreatedName(call, text);
  if (call.operation === 'CreateTopic') return xmlText(text, 'TopicArn') ?? '';
  if (call.operation === 'Subscribe') return xmlText(text, 'SubscriptionArn') ?? '';
  const named = createdNamed(call, text);
  if (named !== undefined) return named;
  const element = call.service === 'ec2' ? CREATED_ID[call.operation] : undefined;
  if (element !== undefined) return xmlText(text, element) ?? '';
  if (call.operation !== 'CreateKey') return call.resource;
  const parsed: unknown = JSON.parse(text);
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
