/**
 * What S3 takes as a replication configuration, all in the gateway: the emulator copies past every policy, so it is told of
 * none. The role is not looked at here: that it can be taken and may read and write shows when the first object is to be
 * copied, in `s3-replication-copy.ts`.
 */
import { type Answer, type BenchContext, type Call, type Overlay, xmlInput } from '../overlay.ts';
import { xmlElements } from '../xml.ts';
import { askBucket, bucketOf, bucketText, xmlField } from './s3-questions.ts';

/** The document as it was given; undefined where there is none. */
export function replicationOf({ state }: BenchContext, bucket: string): string | undefined {
  const kept = state.get(`s3:replication:${bucket}`);
  return typeof kept === 'string' ? kept : undefined;
}

export interface ReplicationRule {
  isEnabled: boolean;
  prefix: string;
  /** Has a filter: the newer form, which asks for more. */
  hasFilter: boolean;
  priority?: string;
  /** Undefined: not said. */
  deleteMarkers?: boolean;
  kmsObjects: boolean;
  destination: string;
  replicaKey?: string;
}

export interface Replication {
  role: string;
  rules: ReplicationRule[];
}

export function parseReplication(document: string): Replication {
  const rules = xmlElements(document, 'Rule').map(rule => {
    const within = (element: string) => xmlElements(rule, element)[0];
    const isOn = (element: string) => xmlField(within(element) ?? '', 'Status') === 'Enabled';
    const own = [
      'DeleteMarkerReplication',
      'SourceSelectionCriteria',
      'ExistingObjectReplication',
      'Destination',
    ].reduce((rest, element) => rest.replace(within(element) ?? '\0', ''), rule);
    const priority = xmlField(own, 'Priority');
    const replicaKey = xmlField(rule, 'ReplicaKmsKeyID');
    return {
      isEnabled: xmlField(own, 'Status') === 'Enabled',
      prefix: xmlField(rule, 'Prefix') ?? '',
      hasFilter: /<Filter[\s/>]/.test(rule),
      ...(priority !== undefined && { priority }),
      ...(within('DeleteMarkerReplication') !== undefined && {
        deleteMarkers: isOn('DeleteMarkerReplication'),
      }),
      kmsObjects: isOn('SseKmsEncryptedObjects'),
      destination: (xmlField(within('Destination') ?? '', 'Bucket') ?? '').replace('arn:aws:s3:::', ''),
      ...(replicaKey !== undefined && { replicaKey }),
    };
  });
  return { role: xmlField(document, 'Role') ?? '', rules };
}

const suspended: Overlay = {
  service: 's3',
  operation: 'PutBucketVersioning',
  source: 'S3 user guide, "Requirements and considerations for replication": versioning stays enabled',
  before(call, bench) {
    const suspends = xmlField(xmlInput(call), 'Status') === 'Suspended';
    if (!suspends || replicationOf(bench, bucketOf(call)) === undefined) return undefined;
    const message =
      'A replication configuration is present on this bucket, so the versioning state cannot be changed.';
    return bench.error(call, { status: 409, code: 'InvalidBucketState', message });
  },
};

const put: Overlay = {
  service: 's3',
  operation: 'PutBucketReplication',
  source:
    'S3 API, PutBucketReplication: "When you add the Filter element, you must also add DeleteMarkerReplication, Status, and ' +
    'Priority", encrypted objects need ReplicaKmsKeyID; S3 user guide, "Requirements and considerations for replication"; ' +
    'IAM user guide, "Grant a user permissions to pass a role": of the same account only',
  async before(call, bench) {
    const bucket = bucketOf(call);
    if ((await askBucket(bench, bucket, '', call)).status !== 200) return undefined;
    const { role, rules } = parseReplication(xmlInput(call));
    const [, account] = /^arn:aws:iam::(\d{12}):role\/.+$/.exec(role) ?? [];
    if (account === undefined)
      return invalid(call, bench, 'Invalid ARN of the replication role', 'InvalidArgument');
    if (account !== call.accountId)
      return bench.error(call, {
        status: 403,
        code: 'AccessDenied',
        message: 'Cross-account pass role is not allowed.',
      });
    if (!(await isVersioned(bench, call, bucket)))
      return invalid(
        call,
        bench,
        "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
      );
    for (const rule of rules) {
      const problem = problemOf(rule);
      if (problem) return invalid(call, bench, problem);
      if ((await askBucket(bench, rule.destination, '', call)).status === 404)
        return invalid(call, bench, 'Destination bucket must exist.');
      if (!(await isVersioned(bench, call, rule.destination)))
        return invalid(call, bench, 'Destination bucket must have versioning enabled.');
    }
    bench.state.set(`s3:replication:${bucket}`, xmlInput(call));
    return { status: 200, headers: { 'x-amz-request-id': call.requestId }, body: Buffer.alloc(0) };
  },
};

async function isVersioned(bench: BenchContext, call: Call, bucket: string): Promise<boolean> {
  return xmlField((await bucketText(bench, bucket, 'versioning', call)) ?? '', 'Status') === 'Enabled';
}

const get: Overlay = {
  service: 's3',
  operation: 'GetBucketReplication',
  source: 'S3 API, GetBucketReplication; error ReplicationConfigurationNotFoundError where there is none',
  async before(call, bench) {
    const bucket = bucketOf(call);
    if ((await askBucket(bench, bucket, '', call)).status !== 200) return undefined;
    const document = replicationOf(bench, bucket);
    if (document !== undefined) return bench.success(call, document);
    const message = 'The replication configuration was not found';
    return bench.error(call, { status: 404, code: 'ReplicationConfigurationNotFoundError', message });
  },
};

const remove: Overlay = {
  service: 's3',
  operation: 'DeleteBucketReplication',
  source: 'S3 API, DeleteBucketReplication: also where there is none',
  async before(call, bench) {
    const bucket = bucketOf(call);
    if ((await askBucket(bench, bucket, '', call)).status !== 200) return undefined;
    bench.state.delete(`s3:replication:${bucket}`);
    return { status: 204, headers: { 'x-amz-request-id': call.requestId }, body: Buffer.alloc(0) };
  },
};

function problemOf({ hasFilter, priority, deleteMarkers, kmsObjects, replicaKey }: ReplicationRule) {
  const schema = 'must be specified for this version of Cross Region Replication configuration schema.';
  if (hasFilter && priority === undefined) return `Priority ${schema}`;
  if (hasFilter && deleteMarkers === undefined) return `DeleteMarkerReplication ${schema}`;
  if (kmsObjects && replicaKey === undefined)
    return 'ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.';
  return undefined;
}

function invalid(call: Call, bench: BenchContext, message: string, code = 'InvalidRequest'): Answer {
  return bench.error(call, { status: 400, code, message });
}

export const s3ReplicationOverlays: Overlay[] = [suspended, put, get, remove];
