import { randomBytes } from 'node:crypto';
import { type Overlay, xmlInput } from '../overlay.ts';
import { xmlElements } from '../xml.ts';
import { bucketOf } from './s3-questions.ts';

const minimumHeader = 'x-amz-transition-default-minimum-object-size';

const transitionMinimum: Overlay = {
  service: 's3',
  operation: ['PutBucketLifecycleConfiguration', 'GetBucketLifecycleConfiguration', 'DeleteBucketLifecycle'],
  source: 'S3 API, PutBucketLifecycleConfiguration: TransitionDefaultMinimumObjectSize',
  before(call, bench) {
    const asked = call.headers[minimumHeader];
    if (asked === undefined || asked === 'varies_by_storage_class' || asked === 'all_storage_classes_128K')
      return undefined;
    return bench.error(call, {
      status: 400,
      code: 'InvalidArgument',
      message: `Invalid ${minimumHeader}: ${asked}`,
    });
  },
  after(call, answer, bench) {
    if (answer.status >= 300) return undefined;
    const memory = `s3:transition-minimum:${bucketOf(call)}`;
    if (call.operation === 'DeleteBucketLifecycle') {
      bench.state.delete(memory);
      return undefined;
    }
    if (call.operation === 'PutBucketLifecycleConfiguration')
      bench.state.set(memory, call.headers[minimumHeader]);
    const kept = bench.state.get(memory);
    const value = typeof kept === 'string' ? kept : 'all_storage_classes_128K';
    return { ...answer, headers: { ...answer.headers, [minimumHeader]: value } };
  },
};

/** The emulator forgets what it does not know of a filter, after which a rule for a few objects reads as one for all. */
const rulesAsWritten: Overlay = {
  service: 's3',
  operation: ['PutBucketLifecycleConfiguration', 'GetBucketLifecycleConfiguration'],
  source:
    'S3 API, GetBucketLifecycleConfiguration: it answers Filter with Tag, And and sizes, and Prefix of rules in the old form; LifecycleRule: ID is unique and assigned where it is left out',
  after(call, answer, bench) {
    if (answer.status >= 300) return undefined;
    const memory = `s3:lifecycle:${bucketOf(call)}`;
    if (call.operation === 'PutBucketLifecycleConfiguration') {
      const id = () => `<Rule><ID>${randomBytes(24).toString('base64url')}</ID>`;
      bench.state.set(memory, xmlInput(call).replace(/<Rule>(?!(?:(?!<\/Rule>).)*<ID>)/gs, id));
      return undefined;
    }
    const kept = bench.state.get(memory);
    return typeof kept === 'string' ? { ...answer, body: Buffer.from(kept) } : undefined;
  },
};

const expiration: Overlay = {
  service: 's3',
  operation: 'PutBucketLifecycleConfiguration',
  source: 'S3 API, LifecycleExpiration: ExpiredObjectDeleteMarker "cannot be specified with Days or Date"',
  before(call, bench) {
    const mixed = xmlElements(xmlInput(call), 'Expiration').some(
      inner => inner.includes('<ExpiredObjectDeleteMarker>') && /<(Days|Date)>/.test(inner),
    );
    if (!mixed) return undefined;
    const message =
      'The XML you provided was not well-formed or did not validate against our published schema';
    return bench.error(call, { status: 400, code: 'MalformedXML', message });
  },
};

export const s3ConfigurationOverlays: Overlay[] = [expiration, transitionMinimum, rulesAsWritten];
