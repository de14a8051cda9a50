/**
 * What the emulator gets wrong is put right in overlays: small rules before or after the forwarded call, each citing
 * the AWS documentation that it follows.
 */

/** How a service spells requests and errors (Smithy's protocol names). */
export type Protocol = 'query' | 'ec2Query' | 'json10' | 'json11' | 'restXml' | 'restJson';

/** The input is a form: query and ec2Query differ in their answers only. */
export function isForm(protocol: Protocol): boolean {
  return protocol === 'query' || protocol === 'ec2Query';
}

/** Who asks what of which service. Operation names are the SDK's. */
export interface Identity {
  service: string;
  /** The SDK's name, such as `PutPublicAccessBlock`; `Unknown` where the request cannot be one of the table's. */
  operation: string;
  protocol: Protocol;
  region: string;
  accountId: string;
  /** Empty for an unsigned request. */
  accessKeyId: string;
  /** ARN of the assumed role's session, else the account's root; empty for an unsigned request. */
  callerArn: string;
  /**
   * Bucket, queue name, topic or subscription ARN, key id or ARN or alias, EC2 id or name, EKS cluster or `cluster/nodegroup/name`, where
   * the request names one; else ''.
   */
  resource: string;
}

/** JSON object (JSON protocols; with the query's fields in REST ones), form fields (query protocols: every value is a string) or XML text (S3). */
export type CallInput = Record<string, unknown> | string;

/** A call that bears it meets no fault: a test looks at AWS while the operator is being disturbed. */
export const OBSERVER_HEADER = 'x-bench-observer';

/** One request on its way through the gateway. All but the identity may be changed by an overlay's `before`. */
export interface Call extends Identity {
  readonly id: number;
  readonly requestId: string;
  method: string;
  /** Path as sent, still percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** Setting it drops the parsed input. */
  body: Buffer;
  /** Parsed from the body at first use; changes made in place, or setting it, go to the emulator. */
  input: CallInput;
}

export interface Answer {
  status: number;
  /** Lower-case names; content-length is set by the gateway. */
  headers: Record<string, string>;
  body: Buffer;
}

export interface AwsError {
  status: number;
  /** As in the service's API reference, such as `QueueDoesNotExist`: the SDK shows it as the error's name. */
  code: string;
  message: string;
  /** Code of the query protocol where SQS differs: `AWS.SimpleQueueService.NonExistentQueue`. Found by itself for known codes. */
  queryCode?: string;
  /** Further fields of the error body (S3: BucketName, Region...). */
  fields?: Record<string, string>;
}

/** A question of an overlay's own to the emulator. It is no call of the client: neither journal, faults nor overlays see it. */
export interface EmulatorRequest {
  service: string;
  region: string;
  accountId: string;
  /** JSON and query services: operation and input are written in the service's protocol. */
  operation?: string;
  input?: Record<string, unknown>;
  /** S3: method (default GET), path with its query such as `/bucket?policy`, headers and body. */
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

export interface BenchContext {
  /** Sends an EmulatorRequest, or the call itself again as it now stands. */
  forward(request: EmulatorRequest | Call): Promise<Answer>;
  /** The gateway's clock in milliseconds since 1970, moved by tests. */
  now(): number;
  /** The overlays' own memory; emptied by reset. Prefix keys with the service. */
  state: Map<string, unknown>;
  /** An error in the call's own protocol. */
  error(call: Call, error: AwsError): Answer;
  /** A success: object for JSON services, inner XML of `<OperationResult>` (EC2: `<OperationResponse>`) for query ones, whole XML document for S3. */
  success(call: Call, output: Record<string, unknown> | string): Answer;
}

/** Overlays run between faults and the emulator, in the order given. */
export interface Overlay {
  service: string;
  operation: string | RegExp | string[];
  /** AWS documentation that says so: guide and title of the page. */
  source: string;
  /**
   * Around all `before`, the emulator and all `after` of the call: `next` runs them, or the `around` of the next overlay.
   * For what has to wait, to be done once, or to be undone.
   */
  around?(call: Call, bench: BenchContext, next: () => Promise<Answer>): Promise<Answer>;
  /** An answer given here ends the call: the emulator, later overlays and all `after` are passed over. */
  before?(call: Call, bench: BenchContext): Promise<Answer | undefined> | Answer | undefined;
  /** Sees the emulator's answer (errors too) as earlier overlays left it; undefined leaves it so. */
  after?(call: Call, answer: Answer, bench: BenchContext): Promise<Answer | undefined> | Answer | undefined;
}

export function overlayMatches(overlay: Overlay, call: Identity): boolean {
  if (overlay.service !== call.service) return false;
  if (typeof overlay.operation === 'string') return overlay.operation === call.operation;
  if (Array.isArray(overlay.operation)) return overlay.operation.includes(call.operation);
  return overlay.operation.test(call.operation);
}

/** Input of a JSON call; an empty object for any other. */
export function jsonInput(call: Call): Record<string, unknown> {
  return typeof call.input === 'string' ? {} : call.input;
}

/** A field of a JSON or query call as text, '' where it is absent. */
export function textField(call: Call, name: string): string {
  const value = jsonInput(call)[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Map of a query call in its entry form (`Attributes.entry.1.key`, `.value`) or its member form
 * (`Tags.member.1.Key`, `.Value`), or of a JSON call (`{"Attributes": {...}}`).
 */
export function mapField(call: Call, name: string): Record<string, string> {
  const input = jsonInput(call);
  const given = input[name];
  const map: Record<string, string> = {};
  if (typeof given === 'object' && given !== null) {
    for (const [key, value] of Object.entries(given)) map[key] = String(value);
    return map;
  }
  const form = new RegExp(`^${name}\\.(?:entry|member)\\.(\\d+)\\.(?:key|Key|Name)$`);
  for (const [field, key] of Object.entries(input)) {
    if (!form.test(field)) continue;
    const value = input[field.replace(/(?:key|Key|Name)$/, found => (found === 'key' ? 'value' : 'Value'))];
    map[String(key)] = String(value ?? '');
  }
  return map;
}

/** XML text of an S3 call's body. */
export function xmlInput(call: Call): string {
  return typeof call.input === 'string' ? call.input : '';
}
