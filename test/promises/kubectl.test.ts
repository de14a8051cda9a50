import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCOUNT, REGION } from '../support/manifests.ts';
import { type Acting, areReady, type Lookup, openStage, type Stage, standing } from '../support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** The bench's own kubectl, as an administrator. */
function kubectl(...args: readonly string[]): Promise<Said> {
  return kubectlWith('', ...args);
}

function kubectlWith(input: string, ...args: readonly string[]): Promise<Said> {
  const { kubectl: command, kubeconfig } = stage.cluster.controlPlane;
  const [program = '', ...first] = command;
  return new Promise((resolve, reject) => {
    // Its discovery cache would be the user's.
    const env = { ...process.env, HOME: stage.world.bench.directory };
    const child = spawn(program, [...first, '--kubeconfig', kubeconfig, ...args], { env });
    let [out, error] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      error += text;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, out, error }));
    child.stdin.end(input);
  });
}

const ENVIRONMENT = `
apiVersion: opta.dev/v1alpha1
kind: OptaEnvironment
metadata: { name: dev }
spec: { region: ${REGION}, accountId: "${ACCOUNT}", network: { enabled: false }, kubernetes: { enabled: false } }
`;
const OBJECTS = `
apiVersion: opta.dev/v1alpha1
kind: Queue
metadata: { name: orders, namespace: shop }
spec: { environment: dev, visibilityTimeoutSeconds: 45, deadLetter: { maxReceiveCount: 3 } }
---
apiVersion: opta.dev/v1alpha1
kind: Topic
metadata: { name: events, namespace: shop }
spec:
  environment: dev
  subscriptions: [{ queue: orders, filterPolicy: { kind: [order, { prefix: return } ] } }]
---
apiVersion: opta.dev/v1alpha1
kind: Bucket
metadata: { name: uploads, namespace: shop }
spec:
  environment: dev
  lifecycle: { expireDays: 400 }
  notifications: [{ events: ["s3:ObjectCreated:*"], queue: orders }]
`;
const ALL = `${ENVIRONMENT}---${OBJECTS}`;
const NAMES = [
  { kind: 'OptaEnvironment', name: 'dev', spec: {} },
  { kind: 'Queue', name: 'orders', spec: {} },
  { kind: 'Topic', name: 'events', spec: {} },
  { kind: 'Bucket', name: 'uploads', spec: {} },
];
const ready: (look: Lookup) => boolean = areReady(...NAMES);

/** Words of each line. */
const table = ({ out }: Said) =>
  out
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s{2,}/));

/** What is ready is what was applied: applying it again changes nothing. */
async function expectAsApplied(acting: Acting, args: readonly string[]): Promise<Said> {
  expect(await kubectlWith(ALL, 'diff', ...args, '-f', '-')).toEqual({ code: 0, out: '', error: '' });
  const before = await stage.cluster.versions();
  const again = await kubectlWith(ALL, 'apply', ...args, '-f', '-');
  expect(again.code).toBe(0);
  await acting.quiet();
  expect(await stage.cluster.versions()).toEqual(before);
  return again;
}

describe('kubectl, with the same objects from their making to their end', () => {
  let acting: Acting;
  afterAll(() => stage.clear());

  test('wait ends when the object is ready', async () => {
    expect(await kubectlWith(ALL, 'apply', '-f', '-')).toMatchObject({ code: 0, error: '' });
    const waiting = kubectl(
      'wait',
      '--for=condition=Ready',
      '--timeout=60s',
      '-n',
      'shop',
      'queue/orders',
      'topic/events',
      'bucket/uploads',
    );
    acting = await stage.operator();
    await acting.until(ready);
    const said = await waiting;
    expect(said).toMatchObject({ code: 0, error: '' });
    expect(said.out.match(/condition met/g)).toHaveLength(3);
  });

  test('get shows in columns what one wants to know', async () => {
    expect(table(await kubectl('get', 'optaenv'))).toEqual([
      ['NAME', 'REGION', 'KUBERNETES', 'DOMAIN', 'READY', 'REASON', 'SYNCED', 'AGE'],
      // It has neither a cluster nor a domain.
      ['dev', REGION, 'True', 'Ready', 'Synced', expect.any(String)],
    ]);
    expect(table(await kubectl('get', 'queue', '-n', 'shop'))).toEqual([
      ['NAME', 'ENVIRONMENT', 'READY', 'REASON', 'SYNCED', 'AGE'],
      ['orders', 'dev', 'True', 'Ready', 'Synced', expect.any(String)],
    ]);
    expect(table(await kubectl('get', 'topic', '-n', 'shop'))[1]).toEqual([
      'events',
      'dev',
      'True',
      'Ready',
      'Synced',
      expect.any(String),
    ]);
    const [, uploads] = table(await kubectl('get', 'bucket', '-n', 'shop'));
    expect(uploads).toEqual([
      'uploads',
      'dev',
      expect.stringContaining('test-dev-shop-uploads'),
      'True',
      'Ready',
      'Synced',
      expect.any(String),
    ]);
    const [heads, wide] = table(await kubectl('get', 'queue', '-n', 'shop', '-o', 'wide'));
    expect(heads).toEqual(['NAME', 'ENVIRONMENT', 'ARN', 'READY', 'REASON', 'SYNCED', 'AGE', 'MESSAGE']);
    expect(wide?.[2]).toMatch(/^arn:aws:sqs:.*:test-dev-shop-orders-/);
    expect(wide?.at(-1)).toBe('AWS is as the spec says');
    expect(table(await kubectl('get', 'optaenv', '-o', 'wide'))[1]).toContain(ACCOUNT);
  });

  test('get opta -A lists everything; short names lead to each kind', async () => {
    const { out } = await kubectl('get', 'opta', '-A', '-o', 'name');
    expect(out.trim().split('\n').sort()).toEqual([
      'bucket.opta.dev/uploads',
      'optaenvironment.opta.dev/dev',
      'queue.opta.dev/orders',
      'topic.opta.dev/events',
    ]);
    for (const short of ['optabucket', 'optaqueue', 'optatopic']) {
      expect((await kubectl('get', short, '-n', 'shop', '-o', 'name')).out).toMatch(
        /^(bucket|queue|topic)\.opta\.dev\//,
      );
    }
  });

  test('diff is empty, and applying again changes nothing', async () => {
    const again = await expectAsApplied(acting, []);
    expect(again.out.match(/unchanged/g)).toHaveLength(NAMES.length);
  });

  test('describe shows conditions, resources and events', async () => {
    await kubectl(
      'patch',
      'bucket',
      'uploads',
      '-n',
      'shop',
      '--type=merge',
      '-p',
      '{"spec":{"publicRead":true}}',
    );
    await acting.until(look => standing(look('Bucket', 'uploads')) === 'Ready=False NotGranted');
    const { out } = await kubectl('describe', 'bucket', 'uploads', '-n', 'shop');
    expect(out).toMatch(/Events:[\s\S]*Warning\s+NotGranted/);
    expect(out).toMatch(/spec\.publicRead: the environment dev does not grant public buckets/);
    expect(out).toMatch(/Type:\s+s3\/bucket/);
  });

  test('delete waits for the finalizer, and leaves nothing', async () => {
    let ended = false;
    const deleting = kubectl('delete', '-n', 'shop', 'bucket,topic,queue', '--all', '--timeout=60s').then(
      said => {
        ended = true;
        return said;
      },
    );
    await acting.until(look => look('Bucket', 'uploads')?.metadata.deletionTimestamp !== undefined || ended);
    await acting.until(
      look => NAMES.slice(1).every(({ kind, name }) => look(kind, name) === undefined) || ended,
    );
    // It asks for one kind after the other: each is answered as the operator lets it go.
    while (!ended) {
      await acting.quiet();
      stage.world.clock.skip();
    }
    expect(await deleting).toMatchObject({ code: 0, error: '' });
    const { queues, topics, subscriptions } = await stage.world.aws.state();
    expect({ queues, topics, subscriptions }).toEqual({ queues: {}, topics: {}, subscriptions: {} });
  });
});

describe('kubectl apply --server-side', () => {
  const ARGS = ['--server-side'];
  afterAll(() => stage.clear());

  test('diff is empty, and applying again changes nothing', async () => {
    expect(await kubectlWith(ALL, 'apply', ...ARGS, '-f', '-')).toMatchObject({ code: 0, error: '' });
    const acting = await stage.operator();
    await acting.until(ready);
    await expectAsApplied(acting, ARGS);
  });
});

describe('kubectl explain', () => {
  test.each([
    ['queue.spec', ['visibilityTimeoutSeconds', 'longer than processing takes. Default: 30', '-required-']],
    ['queue.spec.deadLetter', ['maxReceiveCount', 'Default: 5']],
    ['bucket.spec.lifecycle', ['nonCurrentExpireDays', 'deleted for good']],
    ['topic.spec.subscriptions', ['rawMessageDelivery', 'filterPolicy']],
    ['optaenv.spec.encryption', ['onDelete', 'Keep']],
    ['queue.status', ['conditions', 'resources', 'blockedBy']],
  ])('%s', async (path, words) => {
    const said = await kubectl('explain', path);
    expect(said).toMatchObject({ code: 0, error: '' });
    const text = said.out.replace(/\s+/g, ' ');
    for (const word of words) expect(text).toContain(word);
  });
});

describe('what cannot be meant is refused by the API server, with a sentence one can act on', () => {
  afterAll(() => stage.clear());

  /** Its own name for each, or a later one would be a change of it. */
  let made = 0;
  const spec = (kind: string, of: string) => `
apiVersion: opta.dev/v1alpha1
kind: ${kind}
metadata: { name: wrong-${++made}${kind === 'OptaEnvironment' ? '' : ', namespace: shop'} }
spec: ${of}
`;

  const WRONG: readonly (readonly [string, string, RegExp])[] = [
    ['no environment', spec('Queue', '{}'), /spec\.environment: Required value/],
    [
      'a field that does not exist',
      spec('Queue', '{ environment: dev, visibility: 3 }'),
      /unknown field "spec\.visibility"/,
    ],
    [
      'a value out of bounds',
      spec('Queue', '{ environment: dev, delaySeconds: 901 }'),
      /spec\.delaySeconds.*less than or equal to 900/,
    ],
    [
      'a text for a number',
      spec('Queue', '{ environment: dev, delaySeconds: "5" }'),
      /spec\.delaySeconds.*must be of type integer/,
    ],
    [
      'a word of another set',
      spec('Queue', '{ environment: dev, managementPolicy: Auto }'),
      /Unsupported value: "Auto": supported values: "Apply", "ApproveHighRisk", "ApproveAll", "Observe"/,
    ],
    [
      'deduplication without fifo',
      spec('Queue', '{ environment: dev, contentBasedDeduplication: true }'),
      /contentBasedDeduplication is for fifo only: set fifo to true or leave it out/,
    ],
    [
      'messages that would be dropped',
      spec(
        'Queue',
        '{ environment: dev, messageRetentionSeconds: 600, deadLetter: { messageRetentionSeconds: 60 } }',
      ),
      /a message keeps its age when it moves, and would be dropped/,
    ],
    [
      'two destinations',
      spec(
        'Bucket',
        '{ environment: dev, notifications: [{ events: ["s3:ObjectCreated:*"], queue: a, topic: b }] }',
      ),
      /give either queue or topic/,
    ],
    [
      'a name that S3 refuses',
      spec('Bucket', '{ environment: dev, name: Not_A_Bucket }'),
      /lower-case letters, digits/,
    ],
    [
      'days that S3 refuses',
      spec('Bucket', '{ environment: dev, lifecycle: { nonCurrentToInfrequentAccessDays: 3 } }'),
      /must be 30 or more, as S3 demands, or 0 for never/,
    ],
    ['tags that are ours', spec('Bucket', '{ environment: dev, tags: { "opta.dev/name": x } }'), /opta\.dev/],
    [
      'a number for an account',
      spec('OptaEnvironment', `{ region: ${REGION}, accountId: 111111111111 }`),
      /accountId.*must be of type string/,
    ],
    [
      'a role of another account',
      spec(
        'OptaEnvironment',
        `{ region: ${REGION}, accountId: "${ACCOUNT}", roleArn: "arn:aws:iam::222222222222:role/x" }`,
      ),
      /roleArn must be a role of the account in accountId/,
    ],
    [
      'a region that is none',
      spec('OptaEnvironment', `{ region: Frankfurt, accountId: "${ACCOUNT}" }`),
      /must be an AWS region such as eu-central-1/,
    ],
  ];
  test('when it is made', async () => {
    const all = WRONG.map(([, manifest]) => manifest).join('---');
    const { code, out, error } = await kubectlWith(all, 'apply', '-f', '-');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    const told = error.replace(/\s+/g, ' ');
    for (const [what, , says] of WRONG) expect(told, what).toMatch(says);
    expect(await stage.cluster.objects()).toEqual([]);
  });

  const FIXED: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'queue/orders',
      'fifo',
      '{"spec":{"fifo":false}}',
      /fifo cannot be changed: make a new Queue and move its producers and consumers/,
    ],
    ['queue/orders', 'fifo taken away', '{"spec":{"fifo":null}}', /fifo cannot be changed/],
    [
      'queue/orders',
      'environment',
      '{"spec":{"environment":"prod"}}',
      /environment cannot be changed: an object stays in its account and region/,
    ],
    [
      'bucket/uploads',
      'name',
      '{"spec":{"name":"another-name"}}',
      /name cannot be changed: make a new Bucket and copy the objects/,
    ],
    [
      'optaenv/dev',
      'region',
      '{"spec":{"region":"us-east-1"}}',
      /region cannot be changed: make a new OptaEnvironment in the other region/,
    ],
    ['optaenv/dev', 'accountId', '{"spec":{"accountId":"222222222222"}}', /accountId cannot be changed/],
  ];
  test('and when it is changed', async () => {
    const immutable = ALL.replace('visibilityTimeoutSeconds: 45', 'fifo: true')
      .replace('lifecycle:', 'name: uploads-of-shop, lifecycle:')
      .replace('  name: uploads-of-shop, lifecycle: { expireDays: 400 }', '  name: uploads-of-shop');
    expect((await kubectlWith(immutable, 'apply', '-f', '-')).code).toBe(0);
    const before = await stage.cluster.versions();
    for (const [target, field, body, says] of FIXED) {
      const namespace = target.startsWith('optaenv') ? [] : ['-n', 'shop'];
      const said = await kubectl('patch', target, ...namespace, '--type=merge', '-p', body);
      expect(said.code, `${target}: ${field}`).toBe(1);
      expect(said.error).toMatch(says);
    }
    expect(await stage.cluster.versions()).toEqual(before);
  });
});

test('the hash of a plan is approved by the command that the condition names', async () => {
  const waiting = OBJECTS.split('---')[0]?.replace('spec: {', 'spec: { managementPolicy: ApproveAll,') ?? '';
  await kubectlWith(`${ENVIRONMENT}---${waiting}`, 'apply', '-f', '-');
  const acting = await stage.operator();
  await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False ApprovalRequired');
  const path = '{.status.conditions[?(@.type=="Ready")].message}';
  const { out } = await kubectl('get', 'queue', 'orders', '-n', 'shop', '-o', `jsonpath=${path}`);
  const command = /kubectl (annotate .*)$/.exec(out)?.[1]?.split(' ') ?? [];
  expect(await kubectl(...command)).toMatchObject({ code: 0 });
  await acting.until(areReady({ kind: 'Queue', name: 'orders', spec: {} }));
});
