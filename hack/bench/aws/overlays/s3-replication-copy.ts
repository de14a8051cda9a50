/**
 * Replication itself: what is written to a bucket is copied by its rules, at once where AWS takes minutes, and only where the
 * role can be taken and may do all of it. Sources: S3 user guide, "What does Amazon S3 replicate?", "Setting up permissions
 * for live replication", "Replicating encrypted objects", "Getting replication status information".
 */
import { evaluate } from '../../policy/evaluate.ts';
import type { Principal } from '../../policy/principal.ts';
import { type Answer, type BenchContext, type Call, type Overlay, xmlInput } from '../overlay.ts';
import { unescapeXml, xmlElements, xmlText } from '../xml.ts';
import { roleAccess } from './iam/role-access.ts';
import { encryptionContext, keyProblem } from './key-use.ts';
import { objectKey } from './s3-object-key.ts';
import { bucketOf, bucketOwner, bucketText, keyOf, xmlField } from './s3-questions.ts';
import { parseReplication, type ReplicationRule, replicationOf } from './s3-replication.ts';

/** An object that was written, or a delete marker. */
interface Written {
  /** Percent-encoded. */
  key: string;
  isMarker: boolean;
}

const OVER_TLS = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
const STATUS = 'x-amz-replication-status';

const copies: Overlay = {
  service: 's3',
  operation: ['PutObject', 'CopyObject', 'CompleteMultipartUpload', 'DeleteObject', 'DeleteObjects'],
  source:
    'S3 user guide, "What does Amazon S3 replicate?": new objects and delete markers, no deleted versions',
  async after(call, answer, bench) {
    if (answer.status >= 300) return undefined;
    const document = replicationOf(bench, bucketOf(call));
    if (document === undefined) return undefined;
    const { role, rules } = parseReplication(document);
    for (const written of writtenBy(call, answer)) {
      for (const rule of rules) {
        if (!rule.isEnabled || !decodeURIComponent(written.key).startsWith(rule.prefix)) continue;
        if (written.isMarker && rule.deleteMarkers !== true) continue;
        const key = written.isMarker ? undefined : await objectKey(call, bench);
        if (key !== undefined && !rule.kmsObjects) continue;
        const isAllowed = await mayCopy(call, bench, { role, rule, written, key });
        if (isAllowed) await copy(call, bench, rule, written, key);
        if (!written.isMarker)
          bench.state.set(statusKey(bucketOf(call), written.key), isAllowed ? 'COMPLETED' : 'FAILED');
      }
    }
    return undefined;
  },
};

function writtenBy(call: Call, answer: Answer): Written[] {
  if (call.operation === 'DeleteObjects')
    return xmlElements(xmlInput(call), 'Object')
      .filter(object => !object.includes('<VersionId>'))
      .map(object => ({
        key: encodeURIComponent(unescapeXml(xmlText(object, 'Key') ?? '')).replaceAll('%2F', '/'),
        isMarker: true,
      }));
  if (call.operation !== 'DeleteObject') return [{ key: keyOf(call), isMarker: false }];
  const isMarker = answer.headers['x-amz-delete-marker'] === 'true' && !call.query.has('versionId');
  return isMarker ? [{ key: keyOf(call), isMarker }] : [];
}

interface Copying {
  role: string;
  rule: ReplicationRule;
  written: Written;
  /** KMS key of the object. */
  key: string | undefined;
}

/** Every permission that the guide lists, as the role has it now and as both buckets' policies leave it. */
async function mayCopy(
  call: Call,
  bench: BenchContext,
  { role, rule, written, key }: Copying,
): Promise<boolean> {
  const access = await roleAccess(bench, call, role);
  if (access === undefined) return false;
  const source = bucketOf(call);
  const [from, to] = [`arn:aws:s3:::${source}`, `arn:aws:s3:::${rule.destination}`];
  const assumed = evaluate({
    kind: 'iam-role',
    resourcePolicy: access.trust,
    request: {
      principal: { type: 'service', service: 's3.amazonaws.com' },
      action: 'sts:AssumeRole',
      resource: role,
      context: { 'aws:SourceArn': from, 'aws:SourceAccount': call.accountId },
    },
  });
  if (assumed.decision !== 'Allow') return false;
  const name = role.slice(role.lastIndexOf('/') + 1);
  const principal: Principal = {
    type: 'aws',
    accountId: call.accountId,
    arn: `arn:aws:sts::${call.accountId}:assumed-role/${name}/s3-replication`,
  };
  const object = decodeURIComponent(written.key);
  const needed: [string, string, string][] = [
    [source, 's3:GetReplicationConfiguration', from],
    [source, 's3:ListBucket', from],
    ...(written.isMarker
      ? [[rule.destination, 's3:ReplicateDelete', `${to}/${object}`] as [string, string, string]]
      : ([
          [source, 's3:GetObjectVersionForReplication', `${from}/${object}`],
          [source, 's3:GetObjectVersionAcl', `${from}/${object}`],
          [rule.destination, 's3:ReplicateObject', `${to}/${object}`],
        ] as [string, string, string][])),
  ];
  for (const [bucket, action, resource] of needed) {
    const resourceAccountId = await bucketOwner(bench, bucket, call);
    if (resourceAccountId === undefined) return false;
    const place = { ...call, accountId: resourceAccountId };
    const resourcePolicy = await bucketText(bench, bucket, 'policy', place);
    const { decision } = evaluate({
      kind: 's3',
      ...access,
      ...(resourcePolicy && { resourcePolicy }),
      request: { principal, action, resource, resourceAccountId, context: OVER_TLS },
    });
    if (decision !== 'Allow') return false;
  }
  if (key === undefined) return true;
  const use = async (bucket: string, of: string, actions: ('kms:Encrypt' | 'kms:Decrypt')[]) => {
    const encryption = (await bucketText(bench, bucket, 'encryption', call)) ?? '';
    const isByBucket = xmlField(encryption, 'BucketKeyEnabled') === 'true';
    const arn = `arn:aws:s3:::${bucket}`;
    return keyProblem(bench, {
      key: of,
      place: call,
      principal,
      policies: access.policies,
      actions,
      context: {
        'kms:ViaService': `s3.${call.region}.amazonaws.com`,
        'kms:CallerAccount': call.accountId,
        ...encryptionContext(isByBucket ? arn : `${arn}/${object}`),
      },
    });
  };
  if (await use(source, key, ['kms:Decrypt'])) return false;
  // "To use replication with an S3 Bucket Key, the key must include kms:Decrypt permissions" for who writes the replica.
  return !(await use(rule.destination, rule.replicaKey ?? key, ['kms:Encrypt', 'kms:Decrypt']));
}

const COPIED =
  /^(content-type|content-encoding|content-language|content-disposition|cache-control|x-amz-meta-.+)$/;

async function copy(
  call: Call,
  bench: BenchContext,
  { destination, replicaKey }: ReplicationRule,
  { key, isMarker }: Written,
  kmsKey: string | undefined,
): Promise<void> {
  const { region } = call;
  const ask = async (
    method: string,
    bucket: string,
    headers: Record<string, string> = {},
    body?: Buffer,
  ): Promise<Answer> => {
    const accountId = (await bucketOwner(bench, bucket, call)) ?? call.accountId;
    const path = `/${encodeURIComponent(bucket)}/${key}`;
    return bench.forward({ service: 's3', region, accountId, method, path, headers, ...(body && { body }) });
  };
  if (isMarker) {
    await ask('DELETE', destination);
    return;
  }
  const object = await ask('GET', bucketOf(call));
  const headers = Object.fromEntries(Object.entries(object.headers).filter(([name]) => COPIED.test(name)));
  await ask(
    'PUT',
    destination,
    kmsKey === undefined
      ? headers
      : {
          ...headers,
          'x-amz-server-side-encryption': 'aws:kms',
          'x-amz-server-side-encryption-aws-kms-key-id': replicaKey ?? kmsKey,
        },
    object.body,
  );
  bench.state.set(statusKey(destination, key), 'REPLICA');
}

function statusKey(bucket: string, key: string): string {
  return `s3:replication-status:${bucket}/${key}`;
}

const status: Overlay = {
  service: 's3',
  operation: ['HeadObject', 'GetObject'],
  source: 'S3 user guide, "Getting replication status information": COMPLETED, FAILED, and REPLICA of a copy',
  after(call, answer, bench) {
    const known = bench.state.get(statusKey(bucketOf(call), keyOf(call)));
    if (answer.status >= 300 || typeof known !== 'string') return undefined;
    return { ...answer, headers: { ...answer.headers, [STATUS]: known } };
  },
};

export const s3CopyOverlays: Overlay[] = [copies, status];
