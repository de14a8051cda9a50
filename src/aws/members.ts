import type { Identity } from '../engine/adaptor.ts';
import { CLUSTER_TAG, RETAINED_TAG, TAG_PREFIX, type Tags, UID_TAG } from '../engine/owner.ts';
import { adaptorOf } from './adaptors.ts';
import type { AwsScope } from './scope.ts';

/** A resource that an object of an environment made, as its tags say. */
export interface Member {
  readonly arn: string;
  /** `Bucket shop/uploads` */
  readonly owner: string;
  /** Kept on purpose when its object was deleted. */
  readonly kept: boolean;
}

/** The types that a listing by tags may show after they are gone, by the service in their ARN. */
const LINGERING: Readonly<Record<string, string>> = {
  sqs: 'sqs/queue',
  sns: 'sns/topic',
  s3: 's3/bucket',
  kms: 'kms/key',
};

/** What the objects of an environment have in AWS, whether they still exist in Kubernetes or not. */
export async function membersOf(scope: AwsScope, environment: string): Promise<readonly Member[]> {
  const listed = [...(await scope.tagged.inEnvironment(environment))].filter(
    ([, tags]) => tags[`${TAG_PREFIX}kind`] !== 'OptaEnvironment',
  );
  const exists = await Promise.all(listed.map(([arn, tags]) => isThere(scope, arn, tags)));
  return listed
    .filter((_, at) => exists[at])
    .map(([arn, tags]) => ({ arn, owner: ownerOf(tags), kept: tags[RETAINED_TAG] !== undefined }));
}

function ownerOf(tags: Tags): string {
  const [kind, namespace, name] = ['kind', 'namespace', 'name'].map(key => tags[`${TAG_PREFIX}${key}`] ?? '');
  return `${kind} ${namespace}/${name}`;
}

/** AWS Resource Groups Tagging API Reference, GetResources: also what was tagged once. A key pending deletion is over. */
async function isThere(scope: AwsScope, arn: string, tags: Tags): Promise<boolean> {
  const type = LINGERING[arn.split(':')[2] ?? ''];
  if (type === undefined) return true;
  const adaptor = adaptorOf(type);
  const found = await adaptor.find(scope, identityOf(arn, tags), {
    desired: undefined,
    recorded: [],
    freshness: 'fresh',
  });
  return found.some(one => adaptor.isRemoved?.(one.state) !== true);
}

function identityOf(arn: string, tags: Tags): Identity {
  const tag = (key: string) => tags[`${TAG_PREFIX}${key}`] ?? '';
  return {
    owner: {
      installation: tag('installation'),
      cluster: tags[CLUSTER_TAG] ?? '',
      environment: tag('environment'),
      kind: tag('kind'),
      namespace: tag('namespace'),
      name: tag('name'),
      uid: tags[UID_TAG] ?? '',
    },
    node: tag('node'),
    epoch: Number(tag('epoch')),
    name: arn.slice(arn.lastIndexOf(':') + 1),
    id: arn.includes(':kms:') ? arn : undefined,
    arn,
  };
}
