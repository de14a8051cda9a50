import { type BenchContext, type Overlay, xmlInput } from '../overlay.ts';
import { askBucket, bucketOf, bucketOwner, forgetBucket, rememberOwner, xmlField } from './s3-questions.ts';

const accessDenied = { status: 403, code: 'AccessDenied', message: 'Access Denied' };

const expectedOwner: Overlay = {
  service: 's3',
  operation: /./,
  source: 'S3 user guide, "Verifying bucket ownership with bucket owner condition"',
  async before(call, bench) {
    const expected = call.headers['x-amz-expected-bucket-owner'];
    const bucket = bucketOf(call);
    if (!expected || bucket === '' || call.operation === 'CreateBucket') return undefined;
    if (!/^\d{12}$/.test(expected))
      return bench.error(call, {
        status: 400,
        code: 'InvalidBucketOwnerAWSAccountID',
        message: 'The value of the expected bucket owner parameter must be an AWS Account ID...',
      });
    const owner = await bucketOwner(bench, bucket, call);
    if (owner !== undefined) return owner === expected ? undefined : bench.error(call, accessDenied);
    // Nobody's as far as the caller sees: no such bucket, or a stranger's, who may be the expected one.
    if (expected === call.accountId) return undefined;
    const asExpected = await bucketOwner(bench, bucket, { region: call.region, accountId: expected });
    const { status } = await askBucket(bench, bucket, '', call);
    return asExpected || status === 404 ? undefined : bench.error(call, accessDenied);
  },
};

const allBlocked =
  '<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><BlockPublicAcls>true</BlockPublicAcls>' +
  '<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>' +
  '<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>';

const location: Overlay = {
  service: 's3',
  operation: 'CreateBucket',
  source:
    'S3 API, "Error responses": IllegalLocationConstraintException; CreateBucket, LocationConstraint: "If you don\'t specify a Region, the bucket is created in the US East (N. Virginia) Region"',
  before(call, bench) {
    const asked = xmlField(xmlInput(call), 'LocationConstraint');
    if (call.region === 'us-east-1' || asked === call.region) return undefined;
    const message = `The ${asked ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`;
    return bench.error(call, { status: 400, code: 'IllegalLocationConstraintException', message });
  },
};

const NO_TAGS = 's3:creates take no tags';

/** As everywhere in the European Sovereign Cloud; a reset takes it away. */
export function refuseTagsWithCreates({ state }: Pick<BenchContext, 'state'>): void {
  state.set(NO_TAGS, true);
}

const untaggedCreates: Overlay = {
  service: 's3',
  operation: 'CreateBucket',
  source: 'terraform-provider-aws issues 45566 and 45684; AWS says of no region that it does so',
  before(call, bench) {
    const isRefused = call.region.startsWith('eusc-') || bench.state.has(NO_TAGS);
    if (!isRefused || !xmlInput(call).includes('<Tags>')) return undefined;
    const message = 'The request contained an unsupported argument.';
    return bench.error(call, { status: 400, code: 'UnsupportedArgument', message });
  },
};

const newBucket: Overlay = {
  service: 's3',
  operation: 'CreateBucket',
  source: 'S3 user guide, "Blocking public access": "by default, new buckets have all four settings enabled"',
  async after(call, answer, bench) {
    const bucket = bucketOf(call);
    // In us-east-1 the owner's second create answers 200 as well, and must not undo his settings.
    if (answer.status !== 200 || bench.state.has(`s3:owner:${bucket}`)) return undefined;
    rememberOwner(bench, bucket, call.accountId);
    const region = xmlField(xmlInput(call), 'LocationConstraint') || call.region;
    await bench.forward({
      service: 's3',
      region,
      accountId: call.accountId,
      method: 'PUT',
      path: `/${encodeURIComponent(bucket)}?publicAccessBlock`,
      body: allBlocked,
    });
    return undefined;
  },
};

const deletedBucket: Overlay = {
  service: 's3',
  operation: 'DeleteBucket',
  source: 'S3 API, DeleteBucket',
  after(call, answer, bench) {
    if (answer.status === 204) forgetBucket(bench, bucketOf(call));
    return undefined;
  },
};

export const s3BucketOverlays: Overlay[] = [
  expectedOwner,
  location,
  untaggedCreates,
  newBucket,
  deletedBucket,
];
