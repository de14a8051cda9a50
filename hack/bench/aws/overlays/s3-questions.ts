/** What the S3 overlays ask and remember of buckets. */
import type { Answer, BenchContext, Call } from '../overlay.ts';
import { unescapeXml, xmlText } from '../xml.ts';
import type { Place } from './questions.ts';

/** Bucket of an S3 call, '' for ListBuckets. */
export function bucketOf({ path }: Call): string {
  return decodeURIComponent(path.split('/')[1] ?? '');
}

/** Key of an object call, still percent-encoded as events have it. */
export function keyOf({ path }: Call): string {
  return path.slice(path.indexOf('/', 1) + 1);
}

/** Asks about a bucket as its owner: `''` is HeadBucket, `policy` GetBucketPolicy... */
export function askBucket(
  bench: BenchContext,
  bucket: string,
  subResource: string,
  { region, accountId }: Place,
): Promise<Answer> {
  const method = subResource === '' ? 'HEAD' : 'GET';
  const path = `/${encodeURIComponent(bucket)}${subResource && `?${subResource}`}`;
  return bench.forward({ service: 's3', region, accountId, method, path });
}

/** Body of a bucket's sub-resource; undefined where it is not set. */
export async function bucketText(
  bench: BenchContext,
  bucket: string,
  subResource: string,
  place: Place,
): Promise<string | undefined> {
  const answer = await askBucket(bench, bucket, subResource, place);
  return answer.status === 200 ? answer.body.toString('utf8') : undefined;
}

/** Account of the bucket; undefined where there is none or nobody here knows. */
export async function bucketOwner(
  bench: BenchContext,
  bucket: string,
  suspect: Place,
): Promise<string | undefined> {
  const known = bench.state.get(`s3:owner:${bucket}`);
  if (typeof known === 'string') return known;
  const { status } = await askBucket(bench, bucket, '', suspect);
  // 301: it is ours and in another region; 403: somebody else's.
  return status === 200 || status === 301 ? suspect.accountId : undefined;
}

export function rememberOwner({ state }: BenchContext, bucket: string, accountId: string): void {
  state.set(`s3:owner:${bucket}`, accountId);
}

/** Everything remembered of a bucket goes with it. */
export function forgetBucket({ state }: BenchContext, bucket: string): void {
  for (const what of ['owner', 'notification', 'transition-minimum', 'replication', 'abac'])
    state.delete(`s3:${what}:${bucket}`);
}

export function xmlField(document: string, element: string): string | undefined {
  const text = xmlText(document, element);
  return text === undefined ? undefined : unescapeXml(text).trim();
}
