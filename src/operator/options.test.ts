import { describe, expect, test } from 'vitest';
import { readOptions, USAGE } from './options.ts';

const read = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) => readOptions(argv, env, 'host');
const NAMED = ['--installation', 'prod'];
const UID = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const OTHER_UID = 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6';

describe('options', () => {
  test('have defaults for all but the installation', () => {
    expect(read(NAMED)).toEqual({
      installation: 'prod',
      takeOverFrom: [],
      namespaces: [],
      environmentSelector: '',
      driftIntervalMs: 300_000,
      concurrency: 64,
      leaseNamespace: 'opta-system',
      leaseName: 'opta-operator-prod',
      identity: expect.stringMatching(/^host_[0-9a-f]{16}$/),
      instance: 'host',
      httpPort: 8080,
      logLevel: 'info',
      leaseDurationMs: 60_000,
      renewDeadlineMs: 40_000,
      retryMs: 5_000,
      awsLimits: {},
      dnsServers: [],
    });
  });

  test.each<[string, readonly string[], object]>([
    ['installation', ['--installation', 'a1-b'], { installation: 'a1-b' }],
    ['installation', ['--installation', 'sgx'], { installation: 'sgx' }],
    [
      'take-over-from',
      ['--take-over-from', UID, '--take-over-from', OTHER_UID],
      { takeOverFrom: [UID, OTHER_UID] },
    ],
    ['namespace', ['--namespace', 'a', '--namespace', 'b'], { namespaces: ['a', 'b'] }],
    ['environment-selector', ['--environment-selector', 'a=b'], { environmentSelector: 'a=b' }],
    ['drift-interval', ['--drift-interval', '90s'], { driftIntervalMs: 90_000 }],
    ['concurrency', ['--concurrency', '8'], { concurrency: 8 }],
    ['lease-namespace', ['--lease-namespace', 'x'], { leaseNamespace: 'x' }],
    ['lease-name', ['--lease-name', 'x'], { leaseName: 'x' }],
    ['lease-duration', ['--lease-duration', '90s'], { leaseDurationMs: 90_000 }],
    ['renew-deadline', ['--renew-deadline', '20s'], { renewDeadlineMs: 20_000 }],
    ['retry-period', ['--retry-period', '2s'], { retryMs: 2_000 }],
    ['identity', ['--identity', 'x'], { identity: 'x' }],
    ['http-port', ['--http-port', '9090'], { httpPort: 9090 }],
    ['http-host', ['--http-host', '127.0.0.1'], { httpHost: '127.0.0.1' }],
    [
      'aws-limit',
      [
        '--aws-limit',
        'kms:CreateKey=50',
        '--aws-limit',
        'sqs:CreateQueue=2.5',
        '--aws-limit',
        'route53:*=10',
      ],
      { awsLimits: { 'kms:CreateKey': 50, 'sqs:CreateQueue': 2.5, 'route53:*': 10 } },
    ],
    [
      'dns-server',
      ['--dns-server', '10.0.0.2', '--dns-server', '127.0.0.1:5353', '--dns-server', '[fd00::2]:53'],
      { dnsServers: ['10.0.0.2', '127.0.0.1:5353', '[fd00::2]:53'] },
    ],
    ['log-level', ['--log-level', 'debug'], { logLevel: 'debug' }],
  ])('--%s is read, and is in the help', (name, argv, expected) => {
    expect(read(argv.includes('--installation') ? argv : [...NAMED, ...argv])).toMatchObject(expected);
    expect(USAGE).toContain(`--${name}`);
  });

  test('take from the pod what it knows of itself; flags win', () => {
    const env = { OPTA_INSTALLATION: 'pod', POD_NAMESPACE: 'ns', POD_UID: 'uid', POD_NAME: 'name' };
    expect(read([], env)).toMatchObject({
      installation: 'pod',
      leaseNamespace: 'ns',
      identity: 'uid',
      instance: 'name',
    });
    expect(read([...NAMED, '--identity', 'me', '--lease-namespace', 'mine'], env)).toMatchObject({
      installation: 'prod',
      leaseNamespace: 'mine',
      identity: 'me',
    });
  });

  test('take static keys from the environment only where a flag says so', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'AKIABENCHBENCHBENCH0', AWS_SECRET_ACCESS_KEY: 'bench' };
    expect(() => read(NAMED, keys)).toThrow(
      /^AWS_ACCESS_KEY_ID is in the environment, .* only with --allow-static-keys: .* use a profile/,
    );
    expect(() => read([...NAMED, '--allow-static-keys'], keys)).not.toThrow();
    expect(() => read(NAMED, { AWS_PROFILE: 'prod', AWS_ACCESS_KEY_ID: '' })).not.toThrow();
    expect(USAGE).toContain('--allow-static-keys');
  });

  test.each<[string, readonly string[], NodeJS.ProcessEnv]>([
    ['nothing says who they are', [], {}],
    ['what says so is empty', ['--identity', ''], { POD_UID: '' }],
  ])('two processes on one machine never hold the lease as one: %s', (_, argv, env) => {
    const [one, other] = [read([...NAMED, ...argv], env), read([...NAMED, ...argv], env)];
    expect(one.identity).not.toBe(other.identity);
    expect([one.identity, other.identity]).not.toContain('');
  });

  test('operators that serve other environments have other leases; all others have one', () => {
    const leaseOf = (...argv: readonly string[]) => read([...NAMED, ...argv]).leaseName;
    const a = leaseOf('--environment-selector', 'site=a,tier in (x,y)');
    expect(a).toMatch(/^opta-operator-prod-[0-9a-f]{12}$/);
    expect(leaseOf('--environment-selector', 'site=b')).not.toBe(a);
    expect(leaseOf('--environment-selector', 'tier in (x,y), site=a')).toBe(a);
    expect(leaseOf('--environment-selector', '')).toBe('opta-operator-prod');
    // These serve the same environments.
    expect(leaseOf('--namespace', 'shop')).toBe('opta-operator-prod');
    expect(leaseOf('--environment-selector', 'site=b', '--lease-name', 'mine')).toBe('mine');
  });

  test.each([
    'a',
    '!a',
    'a=b',
    'a==b, c!=d',
    'a=',
    'example.com/site_1=x.y-z',
    'a in (b),c notin (d, e), f',
    'a in (b,)',
    'a>3',
  ])('environments are picked by the labels %s, as the API server takes them', text => {
    expect(read([...NAMED, '--environment-selector', text]).environmentSelector).toBe(text);
  });

  test.each<[readonly string[], RegExp]>([
    [[], /--installation .* is required/],
    [['--installation', 'A'], /2 to 20 lower-case letters/],
    [['--installation', 'a'], /2 to 20/],
    [['--installation', 'a'.repeat(21)], /2 to 20/],
    [['--installation', '1a'], /beginning with a letter/],
    [['--installation', 'a-'], /2 to 20/],
    [['--installation', 'sg'], /begins with "sg-", which EC2 refuses in names of security groups/],
    [['--installation', 'sg-prod'], /begins with "sg-"/],
    [['--installation', 'xn--a'], /begins with "xn--", which S3 refuses in names of buckets/],
    [['--installation', 'sthree'], /begins with "sthree-", which S3/],
    [['--installation', 'amzn-s3-demo'], /begins with "amzn-s3-demo-", which S3/],
    [[...NAMED, '--drift-interval', '5'], /--drift-interval must be like 90s, 15m or 2h, not 5/],
    [[...NAMED, '--drift-interval', '0s'], /--drift-interval must be like/],
    [[...NAMED, '--concurrency', 'many'], /--concurrency must be a whole number, not many/],
    [[...NAMED, '--concurrency', '0'], /--concurrency must be 1 or more, not 0/],
    [[...NAMED, '--http-port', '80.5'], /--http-port must be a whole number/],
    [[...NAMED, '--http-port', '65536'], /--http-port must be 65535 or less, not 65536/],
    [[...NAMED, '--log-level', 'loud'], /--log-level must be one of trace, debug, .*, silent, not loud/],
    [[...NAMED, '--log-level', ''], /--log-level must be one of/],
    [[...NAMED, '--namespace', 'shop', '--namespace', ''], /--namespace must not be empty/],
    ...[' ', 'bla', `${UID} `, UID.slice(1), UID.toUpperCase()].map(uid => {
      const says = /--take-over-from must be the UID of the namespace kube-system .* opta\.dev\/cluster/;
      return [[...NAMED, '--take-over-from', uid], says] as [readonly string[], RegExp];
    }),
    ...['a=b,,', 'a=b,', ',a=b', ' ', 'a in b', 'a in (b', 'a=b c', 'a:b', 'ä=b', 'a<x', '!a=b'].map(one => {
      const says = /--environment-selector must be labels such as site=a,tier in \(x,y\), .* not /;
      return [[...NAMED, '--environment-selector', one], says] as [readonly string[], RegExp];
    }),
    [[...NAMED, '--aws-limit', 'kms=5'], /--aws-limit must be like kms:CreateKey=50, .* not kms=5/],
    [[...NAMED, '--aws-limit', 'kms:CreateKey=0.0'], /--aws-limit must be .* a rate of more than 0, not/],
    [[...NAMED, '--aws-limit', ''], /--aws-limit must be like/],
    [[...NAMED, '--lease-duration', '40s'], /--renew-deadline must be shorter than --lease-duration/],
    [[...NAMED, '--retry-period', '40s'], /--retry-period must be shorter than --renew-deadline/],
    [
      [...NAMED, '--lease-duration', '15s', '--renew-deadline', '10s', '--retry-period', '2s'],
      /--lease-duration must be longer than --retry-period and 15 s together/,
    ],
    [[...NAMED, '--dns-server', 'ns.example.com'], /--dns-server must be an address such as 10\.0\.0\.2/],
    [[...NAMED, '--dns-server', '10.0.0.2:70000'], /--dns-server must be an address/],
    [[...NAMED, '--dns-server', ''], /--dns-server must be an address/],
    [[...NAMED, '--dns-server', '10.0.0.256'], /--dns-server must be an address/],
    [[...NAMED, '--unknown'], /unknown/i],
    [[...NAMED, 'word'], /positional|unexpected/i],
  ])('%j are refused', (argv, says) => {
    expect(() => read(argv)).toThrow(says);
  });
});
