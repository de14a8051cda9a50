import type { Adaptor } from '../engine/adaptor.ts';
import { policyAdaptor } from './iam/policy.ts';
import { roleAdaptor } from './iam/role.ts';
import { aliasAdaptor } from './kms/alias.ts';
import { keyAdaptor } from './kms/key.ts';
import { loadEnvironmentServices } from './on-demand.ts';
import { bucketAdaptor } from './s3/bucket.ts';
import { notificationsAdaptor } from './s3/notifications.ts';
import { replicationAdaptor } from './s3/replication.ts';
import { publisherAccessAdaptor } from './sns/publisher-access.ts';
import { subscriptionAdaptor } from './sns/subscription.ts';
import { topicAdaptor } from './sns/topic.ts';
import { queueAdaptor } from './sqs/queue.ts';
import { senderAccessAdaptor } from './sqs/sender-access.ts';

const ADAPTORS: readonly Adaptor[] = [
  keyAdaptor,
  aliasAdaptor,
  queueAdaptor,
  senderAccessAdaptor,
  topicAdaptor,
  publisherAccessAdaptor,
  subscriptionAdaptor,
  bucketAdaptor,
  notificationsAdaptor,
  replicationAdaptor,
  policyAdaptor,
  roleAdaptor,
] as readonly Adaptor[];

const byType = new Map(ADAPTORS.map(adaptor => [adaptor.type, adaptor]));

/** Before `adaptorOf` is asked for them: what is not used by everybody is loaded when a type of it is first needed. */
export async function loadAdaptors(types: Iterable<string>): Promise<void> {
  if ([...types].every(type => byType.has(type))) return;
  const { environmentAdaptors } = await loadEnvironmentServices();
  for (const adaptor of environmentAdaptors) byType.set(adaptor.type, adaptor);
}

/** The adaptor of a resource type that is loaded; a type that is not listed is a mistake of a kind. */
export function adaptorOf(type: string): Adaptor {
  const adaptor = byType.get(type);
  if (adaptor === undefined) throw new Error(`no adaptor serves the type ${type}`);
  return adaptor;
}
