import { type BenchContext, type Overlay, xmlInput } from '../overlay.ts';
import { askBucket, bucketOf, xmlField } from './s3-questions.ts';

const memory = (bucket: string) => `s3:abac:${bucket}`;

function statusOf({ state }: BenchContext, bucket: string): string {
  const kept = state.get(memory(bucket));
  return typeof kept === 'string' ? kept : 'Disabled';
}

const abac: Overlay = {
  service: 's3',
  operation: ['GetBucketAbac', 'PutBucketAbac'],
  source: 'S3 user guide, "Enabling ABAC in general purpose buckets": "By default, ABAC is disabled"',
  async before(call, bench) {
    const bucket = bucketOf(call);
    // A bucket that is not there is the emulator's to refuse.
    const there = await askBucket(bench, bucket, 'versioning', call);
    if (there.status !== 200) return there;
    if (call.operation === 'PutBucketAbac') {
      bench.state.set(memory(bucket), xmlField(xmlInput(call), 'Status'));
      return bench.success(call, '');
    }
    const status = `<Status>${statusOf(bench, bucket)}</Status>`;
    return bench.success(
      call,
      `<AbacStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${status}</AbacStatus>`,
    );
  },
};

/** The code is a guess: AWS's documentation names none. */
const tagging: Overlay = {
  service: 's3',
  operation: ['PutBucketTagging', 'DeleteBucketTagging'],
  source:
    'S3 API, PutBucketAbac: "you must use the TagResource and UntagResource actions to manage tags on your buckets. You can no longer use the PutBucketTagging and DeleteBucketTagging actions"; "Error responses", MethodNotAllowed',
  before(call, bench) {
    if (statusOf(bench, bucketOf(call)) !== 'Enabled') return undefined;
    const message = 'The specified method is not allowed against this resource.';
    return bench.error(call, { status: 405, code: 'MethodNotAllowed', message });
  },
};

export const s3AbacOverlays: Overlay[] = [abac, tagging];
