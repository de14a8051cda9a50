/** The messages S3 sends. Source: S3 user guide, "Event message structure" and "Supported event types". */
import { randomUUID } from 'node:crypto';
import { type Answer, type BenchContext, type Call, xmlInput } from '../overlay.ts';
import { unescapeXml, xmlElements, xmlText } from '../xml.ts';
import { keyOf } from './s3-questions.ts';

export interface ObjectEvent {
  /** `ObjectCreated:Put` */
  name: string;
  key: string;
  size?: number;
  eTag?: string;
  versionId?: string;
}

export const eventNames: Record<string, string> = {
  PutObject: 'ObjectCreated:Put',
  CopyObject: 'ObjectCreated:Copy',
  CompleteMultipartUpload: 'ObjectCreated:CompleteMultipartUpload',
  DeleteObject: 'ObjectRemoved:Delete',
  DeleteObjects: 'ObjectRemoved:Delete',
};

/** What a successful call did: one object, or for DeleteObjects every one that it removed. */
export function eventsOf(call: Call, answer: Answer): ObjectEvent[] {
  if (call.operation !== 'DeleteObjects') return [eventOf(call, answer)];
  const failed = new Set(
    xmlElements(answer.body.toString('utf8'), 'Error').map(error => xmlText(error, 'Key')),
  );
  return xmlElements(xmlInput(call), 'Object')
    .map(object => xmlText(object, 'Key') ?? '')
    .filter(key => !failed.has(key))
    .map(key => ({
      name: 'ObjectRemoved:Delete',
      key: encodeURIComponent(unescapeXml(key)).replaceAll('%2F', '/'),
    }));
}

function eventOf(call: Call, answer: Answer): ObjectEvent {
  const key = keyOf(call);
  const versionId = answer.headers['x-amz-version-id'];
  const version = versionId ? { versionId } : {};
  if (call.operation === 'DeleteObject') {
    const marker = answer.headers['x-amz-delete-marker'] === 'true';
    return { name: marker ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectRemoved:Delete', key, ...version };
  }
  const eTag = (answer.headers.etag ?? xmlText(answer.body.toString('utf8'), 'ETag') ?? '').replaceAll(
    /"|&quot;/g,
    '',
  );
  const sent = call.headers['x-amz-decoded-content-length'] ?? call.headers['content-length'];
  const size = call.operation === 'PutObject' ? { size: Number(sent ?? call.body.length) } : {};
  return { name: eventNames[call.operation] ?? '', key, eTag, ...size, ...version };
}

/**
 * "Configuring event notifications using object key name filtering": filters have a space as + and all but the "Safe
 * characters" percent-encoded, so it is the encoded key that they are compared with. @param key percent-encoded
 */
export function filteredKey(key: string): string {
  const plain = encodeURIComponent(decodeURIComponent(key)).replaceAll('~', '%7E');
  return plain.replaceAll('%20', '+').replaceAll('%2F', '/');
}

export function eventMessage(
  call: Call,
  bench: BenchContext,
  bucket: string,
  configurationId: string,
  event: ObjectEvent,
): string {
  const { name, key, ...object } = event;
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: call.region,
    eventTime: new Date(bench.now()).toISOString(),
    eventName: name,
    userIdentity: { principalId: `AWS:${call.accountId}` },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': call.requestId, 'x-amz-id-2': call.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: { name: bucket, ownerIdentity: { principalId: call.accountId }, arn: `arn:aws:s3:::${bucket}` },
      // "The object key name value is URL encoded", with + for a space.
      object: {
        key: key.replaceAll('%20', '+'),
        ...object,
        sequencer: bench.now().toString(16).padStart(18, '0'),
      },
    },
  };
  return JSON.stringify({ Records: [record] });
}

/** "When you configure an event notification, Amazon S3 sends the following test message." */
export function testEvent(bench: BenchContext, Bucket: string): string {
  const Time = new Date(bench.now()).toISOString();
  return JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time,
    Bucket,
    RequestId: randomUUID(),
    HostId: randomUUID(),
  });
}
