import {
  CreateTagsCommand,
  DeleteTagsCommand,
  type ResourceType,
  type TagSpecification,
  type UnsuccessfulItem,
} from '@aws-sdk/client-ec2';
import type { Found, Identity } from '../../engine/adaptor.ts';
import type { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { Place } from '../arn.ts';
import { classify, orAbsent } from '../errors.ts';
import { notYetFor } from '../existing.ts';
import type { AwsScope } from '../scope.ts';

// Amazon EC2 Developer Guide, "Eventual consistency in the Amazon EC2 API": a result may not be seen by the commands that
// follow for a while, and names no bound. A minute is far above what is usually seen.
export const EC2_SETTLE_MS = 60_000;

export function tagSpecification(ResourceType: ResourceType, tags: Tags): TagSpecification[] {
  return [{ ResourceType, Tags: tagList(tags) }];
}

function tagList(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Of every type of EC2. */
export async function tagResource(
  { ec2 }: AwsScope,
  { id }: Found<unknown>,
  set: Tags,
  unset: readonly string[],
): Promise<void> {
  if (Object.keys(set).length > 0)
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(set) }));
  if (unset.length > 0)
    await orAbsent(ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: unset.map(Key => ({ Key })) })));
}

/** A write whose subject, or what it is made in, is known to be there: NotFound means that EC2 does not show it yet. */
export function onVisible<T>(call: Promise<T>): Promise<T> {
  return notYetFor(call, 'EC2 does not show everywhere yet what was just made');
}

export function ec2Arn(place: Place, type: ResourceType, id: string): string {
  return `arn:${place.partition}:ec2:${place.region}:${place.accountId}:${type}/${id}`;
}

/** The id that a create must answer. */
export function idOf(id: string | undefined, operation: string): string {
  return answered(id, `EC2 ${operation}`, 'an id');
}

/** What an answer of 200 tells that it did not do. */
export function refusalIn(
  operation: string,
  unsuccessful: readonly UnsuccessfulItem[] | undefined,
): CloudError | undefined {
  const error = unsuccessful?.[0]?.Error;
  if (error === undefined) return undefined;
  const { Code = 'Error', Message = '' } = error;
  return classify('EC2', operation, {
    name: Code,
    message: Message,
    $fault: 'client',
    // What is told so was judged as a request of its own is.
    $metadata: { httpStatusCode: 400 },
  });
}

/** The same of a removal of one. */
export function throwUnlessRemoved(
  operation: string,
  unsuccessful: readonly UnsuccessfulItem[] | undefined,
): void {
  const error = refusalIn(operation, unsuccessful);
  if (error !== undefined) throw error;
}

/** For types whose name only has to be unique, and is kept for the next epoch to wait for. */
export function nameOf({ name }: Identity): { readonly name?: string } {
  return name === undefined ? {} : { name };
}
