import type { Answer, BenchContext, Call, Overlay } from '../overlay.ts';
import { encryptionContext, keyProblem } from './key-use.ts';
import { callerOf } from './questions.ts';
import { bucketOf, bucketText, xmlField } from './s3-questions.ts';

const useOfKey: Overlay = {
  service: 's3',
  operation: ['PutObject', 'CreateMultipartUpload', 'CopyObject'],
  source:
    'S3 user guide, "Using server-side encryption with AWS KMS keys": permissions; S3 API, error codes KMS.*',
  async before(call, bench) {
    const key = await objectKey(call, bench);
    if (!key) return undefined;
    const problem = await keyProblem(bench, {
      key,
      place: call,
      principal: callerOf(call),
      actions: ['kms:GenerateDataKey'],
      context: {
        'kms:ViaService': `s3.${call.region}.amazonaws.com`,
        'kms:CallerAccount': call.accountId,
        ...encryptionContext(`arn:aws:s3:::${bucketOf(call)}`),
      },
    });
    return problem && keyError(call, bench, key, problem);
  },
};

function keyError(call: Call, bench: BenchContext, key: string, problem: string): Answer {
  if (problem === 'AccessDenied') {
    const message = `User: ${callerOf(call).arn} is not authorized to perform: kms:GenerateDataKey on the resource associated with this ciphertext: ${key}`;
    return bench.error(call, { status: 403, code: 'AccessDenied', message });
  }
  const code = problem === 'InvalidState' ? 'KMS.KMSInvalidStateException' : `KMS.${problem}Exception`;
  return bench.error(call, { status: 400, code, message: `The key ${key} cannot be used: ${problem}` });
}

/** The KMS key that would encrypt the object: the request's, else the bucket's default. */
export async function objectKey(call: Call, bench: BenchContext): Promise<string | undefined> {
  const asked = call.headers['x-amz-server-side-encryption'];
  if (asked === 'AES256') return undefined;
  const named = call.headers['x-amz-server-side-encryption-aws-kms-key-id'];
  if (named) return named;
  const encryption = await bucketText(bench, bucketOf(call), 'encryption', call);
  if (!encryption?.includes('aws:kms')) return asked ? 'alias/aws/s3' : undefined;
  return xmlField(encryption, 'KMSMasterKeyID') || 'alias/aws/s3';
}

export const s3ObjectKeyOverlays: Overlay[] = [useOfKey];
