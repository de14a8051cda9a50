import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Overlay } from '../../hack/bench/aws/overlay.ts';
import { registerRole } from '../../hack/bench/aws/overlays/roles.ts';
import { type Bench, startBench } from '../../hack/bench/bench.ts';
import { adminTransport, applyObject, install, resourceOfKind } from '../../hack/bench/install.ts';
import { remove } from '../../hack/bench/kubernetes/objects.ts';
import { type RunningOperator, startOperator } from '../../hack/demo/operator.ts';
import { get } from '../../src/kube/apply.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { type AwsView, createAwsView } from '../support/aws-view.ts';
import { environment } from '../support/manifests.ts';

/**
 * The operator as it is shipped: a process of its own under its own ServiceAccount, with the API server's audit log on
 * and with credentials that can be told apart from everything else.
 */
const CANARY = {
  AWS_ACCESS_KEY_ID: 'AKIACANARYCANARY9021',
  AWS_SECRET_ACCESS_KEY: 'c4n4ry/Secret+Access/Key=0123456789abcd',
  AWS_SESSION_TOKEN: 'c4n4rySessionToken/IQoJb3JpZ2luX2VjEXAMPLE+abc==',
};
/** Looks who may set owner references, as OpenShift's API server does. */
const ADMISSION = ['OwnerReferencesPermissionEnforcement'];
/** Of an access key that the emulator does not know. */
const ACCOUNT = '123456789012';
const NAMESPACE = 'shop';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/assumed`;

/** What STS handed out for a role, which can be told apart from everything else as well. */
const assumed = new Set<string>();
/** STS as it is, heard; and an AWS that says in an error what a call was signed with. */
const TELLING: readonly Overlay[] = [
  {
    service: 'sts',
    operation: 'AssumeRole',
    source: 'a test, to know what was handed out',
    async around(_call, _bench, next) {
      const answer = await next();
      const text = answer.body.toString();
      for (const name of ['AccessKeyId', 'SecretAccessKey', 'SessionToken'])
        assumed.add(new RegExp(`<${name}>(.+?)</${name}>`).exec(text)?.[1] ?? `no ${name}`);
      return answer;
    },
  },
  {
    service: 'sqs',
    operation: 'CreateQueue',
    source: 'a test, to say what nobody should',
    async around(call, { error }, next) {
      if (!assumed.has(call.accessKeyId)) return next();
      const message = `The request signature does not match: ${[...assumed].join(' ')}`;
      return error(call, { status: 403, code: 'SignatureDoesNotMatch', message });
    },
  },
];

let bench: Bench;
let transport: Transport & { close(): void };
let operator: RunningOperator;
let aws: AwsView;

beforeAll(async () => {
  const started = await startBench({
    log: () => {},
    apiserver: { auditLog: true, admission: ADMISSION },
    overlays: [...TELLING],
  });
  registerRole(started.gateway, { arn: '*' });
  bench = { ...started, environment: { ...started.environment, ...CANARY } };
  transport = await adminTransport(bench.controlPlane.kubeconfig);
  await install(transport);
  const labels = { 'opta.dev/environment': 'dev' };
  await applyObject(transport, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels },
  });
  aws = createAwsView(bench.gateway, ACCOUNT, 'eu-central-1');
  operator = await startOperator(bench, () => {}, ['--drift-interval', '1s', '--log-level', 'debug']);
}, 300_000);
afterAll(async () => {
  aws?.close();
  await operator?.stop();
  transport?.close();
  await bench?.stop();
});

function apply(kind: string, name: string, spec: object): Promise<OptaObject> {
  const isCluster = kind === 'OptaEnvironment';
  const metadata = isCluster ? { name } : { name, namespace: NAMESPACE };
  const whole = isCluster
    ? environment({ accountId: ACCOUNT, ...spec }).spec
    : { environment: 'dev', ...spec };
  return applyObject<OptaObject>(transport, { apiVersion: 'opta.dev/v1alpha1', kind, metadata, spec: whole });
}

function read(kind: string, name: string): Promise<OptaObject | undefined> {
  const where = kind === 'OptaEnvironment' ? { name } : { name, namespace: NAMESPACE };
  return get<OptaObject>(transport, resourceOfKind(kind), where);
}

const patient = { timeout: 150_000, interval: 100 };

async function until(kind: string, name: string, reason: string): Promise<void> {
  await expect
    .poll(async () => {
      const object = await read(kind, name);
      const ready = object?.status?.conditions?.find(one => one.type === 'Ready');
      return ready?.observedGeneration === object?.metadata.generation ? ready?.reason : 'old';
    }, patient)
    .toBe(reason);
}

async function untilGone(kind: string, name: string): Promise<void> {
  const object = await read(kind, name);
  if (object !== undefined) await remove(transport, resourceOfKind(kind), object);
  await expect.poll(() => read(kind, name), patient).toBeUndefined();
}

const configMap = (name: string) => `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`;

/** Everything that the operator does in Kubernetes, done once. */
async function story(): Promise<void> {
  await apply('OptaEnvironment', 'dev', {});
  await apply('Queue', 'orders', {});
  await apply('Topic', 'events', { subscriptions: [{ queue: 'orders' }] });
  await apply('Bucket', 'uploads', { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }] });
  for (const [kind, name] of [
    ['OptaEnvironment', 'dev'],
    ['Queue', 'orders'],
    ['Topic', 'events'],
    ['Bucket', 'uploads'],
  ] as const)
    await until(kind, name, 'Ready');
  // A ConfigMap that somebody changed is written again.
  await transport.request({
    method: 'PATCH',
    path: configMap('orders-queue'),
    contentType: 'application/merge-patch+json',
    body: { data: { url: 'evil' } },
  });
  await expect
    .poll(() => transport.request({ method: 'GET', path: configMap('orders-queue') }), patient)
    .toMatchObject({ data: { url: expect.stringMatching(/^http/) } });
  // One that is somebody else's is looked at, and left.
  await transport.request({
    method: 'POST',
    path: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taken-topic' } },
  });
  await apply('Topic', 'taken', { encryption: 'EnvironmentKey' });
  await until('Topic', 'taken', 'Conflict');
  // The same trouble twice is one event, counted.
  for (const publicRead of [true, false, true, false]) {
    await apply('Bucket', 'uploads', {
      publicRead,
      notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
    });
    await until('Bucket', 'uploads', publicRead ? 'NotGranted' : 'Ready');
  }
  for (const [kind, name] of [
    ['Topic', 'taken'],
    ['Topic', 'events'],
    ['Bucket', 'uploads'],
    ['Queue', 'orders'],
    ['OptaEnvironment', 'dev'],
  ] as const)
    await untilGone(kind, name);
}

describe('the rights of the operator in Kubernetes', () => {
  interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }
  interface AuditEvent {
    readonly stage: string;
    readonly verb: string;
    readonly user: { readonly username: string };
    readonly objectRef?: {
      readonly apiGroup?: string;
      readonly resource?: string;
      readonly subresource?: string;
      readonly namespace?: string;
    };
    readonly responseStatus?: { readonly code: number };
    readonly requestURI: string;
  }

  async function shipped(): Promise<readonly (KubeObject & { rules?: readonly Rule[] })[]> {
    const text = await readFile(new URL('../../deploy/kustomize/rbac.yaml', import.meta.url), 'utf8');
    return parseAllDocuments(text).map(document => document.toJS());
  }

  function grants(rules: readonly Rule[]): readonly string[] {
    return rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap(group =>
        resources.flatMap(resource => verbs.map(verb => `${verb} ${resource}.${group}`)),
      ),
    );
  }

  async function used(): Promise<readonly AuditEvent[]> {
    const lines = (await readFile(bench.controlPlane.auditLogPath ?? '', 'utf8')).trim().split('\n');
    return lines
      .map(line => JSON.parse(line) as AuditEvent)
      .filter(({ user }) => user.username === 'system:serviceaccount:opta-system:opta-operator');
  }

  const nameOf = ({ verb, objectRef = {} }: AuditEvent) =>
    `${verb} ${objectRef.resource}${objectRef.subresource === undefined ? '' : `/${objectRef.subresource}`}.${objectRef.apiGroup ?? ''}`;

  test('everything that it does is done once', story, 400_000);

  test('nothing was denied', async () => {
    const denied = (await used()).filter(
      ({ responseStatus }) => responseStatus?.code === 403 || responseStatus?.code === 401,
    );
    expect(denied.map(event => `${event.verb} ${event.requestURI}`)).toEqual([]);
  });

  test('every right was used, and nothing else was asked for', async () => {
    // The lease is renewed when its time comes, which may be after the story.
    const isRenewal = (one: AuditEvent) => nameOf(one) === 'update leases.coordination.k8s.io';
    await expect.poll(async () => (await used()).some(isRenewal), patient).toBe(true);
    const rules = (await shipped()).flatMap(object => object.rules ?? []);
    const asked = new Set((await used()).map(nameOf));
    expect([...asked].sort()).toEqual([...grants(rules)].sort());
  });

  test('what is of one namespace is granted there only', async () => {
    const outside = (await used()).filter(
      ({ objectRef }) => objectRef?.resource === 'leases' && objectRef.namespace !== 'opta-system',
    );
    expect(outside).toEqual([]);
    const lease = (await shipped()).find(object => object.kind === 'Role');
    expect(lease?.metadata.namespace).toBe('opta-system');
  });

  test.each<[string, RegExp]>([
    ['Secrets', / secrets\./],
    ['tokens of ServiceAccounts', / serviceaccounts/],
    ['rights', / .*\.rbac\.authorization\.k8s\.io$/],
    ['giving itself more', /^(escalate|bind|impersonate) /],
    ['what is admitted', / .*\.admissionregistration\.k8s\.io$/],
    ['custom resources themselves', / .*\.apiextensions\.k8s\.io$/],
    ['running anything', / (pods|pods\/exec|deployments|jobs|nodes)/],
    ['deleting', /^(delete|deletecollection) /],
    ['everything', /\*/],
    ['writing an environment or an object whole', /^(create|update) .*\.opta\.dev$/],
  ])('it has none to %s', async (_, forbidden) => {
    const rules = (await shipped()).flatMap(object => object.rules ?? []);
    const found = grants(rules).filter(one => forbidden.test(one));
    expect(grants(rules).length).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });
});

describe('T20: the credentials of the operator are nowhere', () => {
  /** Fragments: half a secret is one too. */
  const fragments = () =>
    [...Object.values(CANARY), ...assumed].flatMap(value => [
      value,
      value.slice(0, 12),
      value.slice(-12),
      encodeURIComponent(value),
      Buffer.from(value).toString('base64'),
    ]);
  const found = (text: string) => fragments().filter(fragment => text.includes(fragment));

  test('also when AWS says them in an error, in whatever call', async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = CANARY;
    const message = `The request signature does not match. AWSAccessKeyId=${AWS_ACCESS_KEY_ID} token=${encodeURIComponent(AWS_SESSION_TOKEN)} secret ${AWS_SECRET_ACCESS_KEY} ${AWS_SESSION_TOKEN}`;
    const faults = [
      { service: 'sqs', operation: 'CreateQueue', fault: { kind: 'accessDenied', message } },
      {
        service: 'sns',
        operation: 'CreateTopic',
        fault: { kind: 'accessDenied', code: 'SignatureDoesNotMatch', message },
      },
      {
        service: 's3',
        operation: 'CreateBucket',
        fault: { kind: 'serverError', status: 400, code: AWS_SECRET_ACCESS_KEY.slice(0, 6), message },
      },
      { service: 'kms', operation: 'CreateKey', fault: { kind: 'throttle', message } },
    ] as const;
    for (const rule of faults) bench.gateway.addFault({ ...rule, times: 3 });
    const environment = 'canary';
    await apply('OptaEnvironment', environment, { allowedNamespaces: { from: 'All' } });
    await apply('Queue', 'secret', {
      environment,
      encryption: 'EnvironmentKey',
      deadLetter: { mode: 'Disabled' },
    });
    await apply('Topic', 'secret', { environment, encryption: 'EnvironmentKey' });
    await apply('Bucket', 'secret', { environment });
    const hidden = /AWSAccessKeyId=\(hidden\) token=\(hidden\) secret \(hidden\) \(hidden\)/;
    for (const kind of ['Queue', 'Topic']) {
      await until(kind, 'secret', 'Denied');
      const { conditions = [] } = (await read(kind, 'secret'))?.status ?? {};
      expect(conditions.find(one => one.type === 'Ready')?.message).toMatch(hidden);
    }
    // What is tried again is in the log.
    for (const call of ['S3 CreateBucket', 'KMS CreateKey'])
      await expect
        .poll(() => readFile(operator.logPath, 'utf8'), patient)
        .toMatch(new RegExp(`${call}: [^"]*\\(hidden\\)`));
  }, 60_000);

  test('also of a role that it assumed', async () => {
    bench.gateway.clearFaults();
    const environment = 'assumed';
    await apply('OptaEnvironment', environment, { roleArn: ROLE, allowedNamespaces: { from: 'All' } });
    await apply('Queue', environment, {
      environment,
      encryption: 'EnvironmentKey',
      deadLetter: { mode: 'Disabled' },
    });
    await until('Queue', environment, 'Denied');
    expect(assumed.size).toBe(3);
    const { conditions = [] } = (await read('Queue', environment))?.status ?? {};
    expect(conditions.find(one => one.type === 'Ready')?.message).toMatch(
      /match: \(hidden\) \(hidden\) \(hidden\)/,
    );
  }, 60_000);

  test('in logs', async () => {
    const text = await readFile(operator.logPath, 'utf8');
    expect(text).toMatch(/"msg":"aws step failed"/);
    expect(found(text)).toEqual([]);
  });

  test('in metrics', async () => {
    const text = await (await fetch(`${operator.url}/metrics`)).text();
    expect(text).toMatch(/opta_aws_calls_total\{service="sqs",operation="CreateQueue",result="Denied"\}/);
    expect(found(text)).toEqual([]);
  });

  test.each([
    '/apis/opta.dev/v1alpha1/optaenvironments',
    '/apis/opta.dev/v1alpha1/queues',
    '/apis/opta.dev/v1alpha1/topics',
    '/apis/opta.dev/v1alpha1/buckets',
    '/apis/events.k8s.io/v1/events',
    '/api/v1/configmaps',
    '/api/v1/secrets',
    '/apis/coordination.k8s.io/v1/leases',
  ])('in what is stored under %s', async path => {
    const text = JSON.stringify(await transport.request({ method: 'GET', path }));
    if (!path.endsWith('secrets')) expect(text).toMatch(/"items":\[\{/);
    expect(found(text)).toEqual([]);
  });

  test('in what the API server wrote down', async () => {
    expect(found(await readFile(bench.controlPlane.auditLogPath ?? '', 'utf8'))).toEqual([]);
  });

  test('in what is left of it in AWS', async () => {
    expect(found(JSON.stringify(await aws.state()))).toEqual([]);
  });
});
