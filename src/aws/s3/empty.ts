import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { CloudError } from '../../engine/errors.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import type { Target } from './parts.ts';

/** Pages of 1,000 that are counted before it is called "more than". */
const COUNTED_PAGES = 10;
/** Pages of 1,000 that one step deletes; the next pass goes on. */
const EMPTIED_PAGES = 20;

/**
 * Throws Blocked with the number of objects (versions and delete markers count) unless the bucket is empty. `wayOut`: what
 * else a person can do than empty it, or how.
 */
export async function refuseIfNotEmpty({ s3 }: AwsScope, target: Target, wayOut: string): Promise<void> {
  let objects = 0;
  let position: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (let page = 0; page < COUNTED_PAGES; page++) {
    const answer = await orAbsent(s3.send(new ListObjectVersionsCommand({ ...target, ...position })));
    objects += (answer?.Versions?.length ?? 0) + (answer?.DeleteMarkers?.length ?? 0);
    if (answer?.IsTruncated !== true) {
      if (objects === 0) return;
      throw blocked(target.Bucket, `${objects} object version${objects === 1 ? '' : 's'}`, wayOut);
    }
    position = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker };
  }
  throw blocked(target.Bucket, `more than ${objects} object versions`, wayOut);
}

function blocked(bucket: string, what: string, wayOut: string): CloudError {
  const reason = `a bucket with objects is not deleted; empty it${wayOut}`;
  return new CloudError('Blocked', `bucket ${bucket} still holds ${what}: ${reason}`, {
    blockers: [{ resource: `${what} in ${bucket}`, reason }],
  });
}

/** Deletes objects, versions and unfinished uploads, a bounded number a call. Throws Busy while some are left. */
export async function emptyBucket({ s3 }: AwsScope, target: Target): Promise<void> {
  for (let page = 0; page < EMPTIED_PAGES; page++) {
    const answer = await orAbsent(s3.send(new ListObjectVersionsCommand(target)));
    const all = [...(answer?.Versions ?? []), ...(answer?.DeleteMarkers ?? [])];
    if (all.length === 0) return abortUploads(s3, target);
    const Objects = all.map(({ Key, VersionId }) => ({ Key, VersionId }));
    const result = await s3.send(new DeleteObjectsCommand({ ...target, Delete: { Objects, Quiet: true } }));
    const failed = result.Errors?.[0];
    if (failed !== undefined) {
      throw new CloudError(
        'Blocked',
        `object ${failed.Key} of ${target.Bucket} cannot be deleted: ${failed.Code}`,
        {
          blockers: [{ resource: `${target.Bucket}/${failed.Key}`, reason: failed.Code ?? 'refused' }],
        },
      );
    }
  }
  throw new CloudError('Busy', `bucket ${target.Bucket} is being emptied`, { retryAfterMs: 1_000 });
}

async function abortUploads(s3: AwsScope['s3'], target: Target): Promise<void> {
  for (let page = 0; page < EMPTIED_PAGES; page++) {
    const answer = await orAbsent(s3.send(new ListMultipartUploadsCommand(target)));
    for (const { Key, UploadId } of answer?.Uploads ?? []) {
      await orAbsent(s3.send(new AbortMultipartUploadCommand({ ...target, Key, UploadId })));
    }
    if (answer?.IsTruncated !== true) return;
  }
  throw new CloudError('Busy', `bucket ${target.Bucket} is being emptied`, { retryAfterMs: 1_000 });
}
