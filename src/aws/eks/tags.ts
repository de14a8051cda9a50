import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-eks';
import type { Found } from '../../engine/adaptor.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsScope } from '../scope.ts';

/** All kinds of EKS resources are tagged by ARN: Amazon EKS API Reference, TagResource. */
export async function tagByArn(
  { eks }: AwsScope,
  found: Found,
  set: Tags,
  unset: readonly string[],
): Promise<void> {
  const resourceArn = found.arn ?? '';
  if (Object.keys(set).length > 0) await eks.send(new TagResourceCommand({ resourceArn, tags: { ...set } }));
  if (unset.length > 0) await eks.send(new UntagResourceCommand({ resourceArn, tagKeys: [...unset] }));
}
