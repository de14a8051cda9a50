import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type _Error as Failure,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import type { ErrorClass } from '../../engine/error-class.ts';
import { CloudError } from '../../engine/errors.ts';
import { listedClass } from '../error-classes.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import type { Target } from './parts.ts';

/** Pages of 1,000 that are counted before it is called "more than". */
const COUNTED_PAGES = 10;
/**
 * Pages of 1,000 that one step deletes; the next pass goes on. Few: whether the object is still to be emptied is asked before each
 * step, and who keeps what is left is not to wait long.
 */
const EMPTIED_PAGES = 2;
/** Of a page, objects that are deleted each by a call of its own; the next page begins with the rest of them. */
const ONE_BY_ONE = 50;

interface ObjectVersion {
  readonly Key: string;
  readonly VersionId: string | undefined;
}

/**
 * Throws Blocked with the number of objects (versions and delete markers count) unless the bucket is empty. `wayOut`: what
 * else a person can do than empty it, or how.
 */
export async function refuseIfNotEmpty({ s3 }: AwsScope, target: Target, wayOut: string): Promise<void> {
  let objects = 0;
  let position: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (let page = 0; page < COUNTED_PAGES; page++) {
    const command = new ListObjectVersionsCommand({ ...target, ...position, EncodingType: 'url' });
    const answer = await orAbsent(s3.send(command));
    objects += (answer?.Versions?.length ?? 0) + (answer?.DeleteMarkers?.length ?? 0);
    if (answer?.IsTruncated !== true) {
      if (objects === 0) return;
      throw blocked(target.Bucket, `${roughly(objects)} object version${objects === 1 ? '' : 's'}`, wayOut);
    }
    const KeyMarker = decoded(answer.NextKeyMarker ?? '', answer.EncodingType);
    position = { KeyMarker, VersionIdMarker: answer.NextVersionIdMarker };
  }
  throw blocked(target.Bucket, `${roughly(objects + 1)} object versions`, wayOut);
}

/** A large number in one digit: what still receives objects is told of again only when it holds many more. */
function roughly(count: number): string {
  if (count <= 100) return String(count);
  const unit = 10 ** Math.floor(Math.log10(count - 1));
  const below = Math.floor((count - 1) / unit) * unit;
  return `more than ${below.toLocaleString('en-US')}`;
}

function blocked(bucket: string, what: string, wayOut: string): CloudError {
  const reason = `a bucket with objects is not deleted; empty it${wayOut}`;
  return new CloudError('Blocked', `bucket ${bucket} still holds ${what}: ${reason}`, {
    blockers: [{ resource: `${what} in ${bucket}`, reason }],
  });
}

/** Access points are made by others, through S3 Control: they are not looked for, and who made one deletes it. */
export function namingAccessPoints(error: unknown, { Bucket, ExpectedBucketOwner }: Target): unknown {
  if (!(error instanceof CloudError) || error.code !== 'BucketHasAccessPointsAttached') return error;
  const list = `aws s3control list-access-points --account-id ${ExpectedBucketOwner} --bucket ${Bucket}`;
  const reason = `delete its access points, which ${list} names`;
  return new CloudError('Blocked', `bucket ${Bucket} has access points: ${reason}`, {
    code: error.code,
    blockers: [{ resource: `access points of bucket ${Bucket}`, reason }],
    cause: error,
  });
}

/** Deletes objects, versions and unfinished uploads, a bounded number a call. Throws Busy while some are left. */
export async function emptyBucket({ s3 }: AwsScope, target: Target): Promise<void> {
  for (let page = 0; page < EMPTIED_PAGES; page++) {
    const answer = await orAbsent(s3.send(new ListObjectVersionsCommand({ ...target, EncodingType: 'url' })));
    const all = [...(answer?.Versions ?? []), ...(answer?.DeleteMarkers ?? [])].map(
      ({ Key = '', VersionId }) => ({ Key: decoded(Key, answer?.EncodingType), VersionId }),
    );
    if (all.length === 0) return abortUploads(s3, target);
    await deleteAll(s3, target, all);
  }
  throw new CloudError('Busy', `bucket ${target.Bucket} is being emptied`, { retryAfterMs: 1_000 });
}

async function deleteAll(s3: AwsScope['s3'], target: Target, all: readonly ObjectVersion[]): Promise<void> {
  const Objects = all.filter(({ Key }) => fitsXml(Key));
  if (Objects.length > 0) {
    const command = new DeleteObjectsCommand({ ...target, Delete: { Objects, Quiet: true } });
    refuseFailed(target.Bucket, (await s3.send(command)).Errors ?? []);
  }
  // With one such key in it S3 cannot read the whole document, and answers MalformedXML.
  for (const one of all.filter(({ Key }) => !fitsXml(Key)).slice(0, ONE_BY_ONE)) {
    await orAbsent(s3.send(new DeleteObjectCommand({ ...target, ...one })));
  }
}

/** The answer is 200 where single objects could not be deleted. What lasts is told before what the next try may not meet. */
function refuseFailed(bucket: string, failures: readonly Failure[]): void {
  const failed = failures
    .map(({ Key = '', Code = 'refused', Message }) => ({ Key, Code, Message, is: listedClass('S3', Code) }))
    // Gone meanwhile.
    .filter(({ is }) => is !== 'NotFound')
    .sort((a, b) => (a.Key < b.Key ? -1 : Number(a.Key > b.Key)));
  const [first] = failed;
  if (first === undefined) return;
  const lasting = failed.find(({ is }) => !passes(is));
  if (lasting === undefined) {
    const number = failed.length === 1 ? 'an object' : `${failed.length} objects`;
    throw new CloudError(
      first.is ?? 'Transient',
      `S3 did not delete ${number} of ${bucket} at this try: ${first.Code}; it is tried again`,
      { code: first.Code },
    );
  }
  const { Key, Code } = lasting;
  throw new CloudError('Blocked', `object ${Key} of ${bucket} cannot be deleted: ${Code}`, {
    code: Code,
    blockers: [{ resource: `${bucket}/${Key}`, reason: Code }],
  });
}

function passes(is: ErrorClass | undefined): boolean {
  return is === 'Throttled' || is === 'Transient' || is === 'Busy';
}

async function abortUploads(s3: AwsScope['s3'], target: Target): Promise<void> {
  for (let page = 0; page < EMPTIED_PAGES; page++) {
    const answer = await orAbsent(
      s3.send(new ListMultipartUploadsCommand({ ...target, EncodingType: 'url' })),
    );
    for (const { Key = '', UploadId } of answer?.Uploads ?? []) {
      const of = { Key: decoded(Key, answer?.EncodingType), UploadId };
      await orAbsent(s3.send(new AbortMultipartUploadCommand({ ...target, ...of })));
    }
    if (answer?.IsTruncated !== true) return;
  }
  throw new CloudError('Busy', `bucket ${target.Bucket} is being emptied`, { retryAfterMs: 1_000 });
}

/**
 * Amazon S3 API Reference, ListObjectVersions, encoding-type: a key may have characters that no XML 1.0 document holds, so
 * keys and markers are asked for as in a URL, and the answer says whether they are.
 */
function decoded(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}

/** Extensible Markup Language 1.0, "Characters": what is not among these cannot be written, not even as a reference. */
function fitsXml(key: string): boolean {
  return Array.from(key, one => one.codePointAt(0) ?? 0).every(code =>
    code < 0x20 ? code === 0x9 || code === 0xa || code === 0xd : code !== 0xfffe && code !== 0xffff,
  );
}
