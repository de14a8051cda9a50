import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns';
import { parseArgs } from 'node:util';
import { reservedBeginning } from '../aws/names.ts';
import { shortHash } from '../engine/short-hash.ts';
import { LOG_LEVELS } from './log.ts';
import { DEFAULTS, durationMs, type Settings } from './settings.ts';

export interface Options extends Settings {
  readonly leaseNamespace: string;
  readonly leaseName: string;
  /** Who holds the lease: the pod's UID, so that a restarted container goes on at once. Of no two processes at a time the same. */
  readonly identity: string;
  readonly instance: string;
  readonly httpPort: number;
  /** Default: all addresses, those of IPv6 too. */
  readonly httpHost?: string;
  readonly logLevel: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  /** `kms:CreateKey` to calls per second: quotas that the account was granted. */
  readonly awsLimits: Readonly<Record<string, number>>;
  /** `10.0.0.2` or `10.0.0.2:53`; none: the machine's. */
  readonly dnsServers: readonly string[];
}

/** An AWS call ends by then; the write guard counts on it. In ms. */
export const LONGEST_CALL_MS = 15_000;

export const USAGE = `opta-operator: a handful of Kubernetes objects become a whole, safe AWS environment.

  --installation NAME        unique in the AWS account; in every tag, name and IAM path (OPTA_INSTALLATION). None may begin
                             with another's and a dash: the rights of "acme" are those of all that begins with "acme-"
  --take-over-from UID       UID of a cluster that is gone and whose resources may be taken up; may be repeated
  --namespace NAME           watch only this namespace; may be repeated
  --environment-selector L   serve only the OptaEnvironments with these labels. Several operators of one installation, each
                             with its own, share the work; no environment may be picked by two
  --drift-interval 5m        how often every object is compared with AWS
  --concurrency 64           objects worked on at once
  --lease-namespace NS       where the Lease is (POD_NAMESPACE, else opta-system)
  --lease-name NAME          default: opta-operator-INSTALLATION, with an --environment-selector a hash of that behind it:
                             of operators with one Lease one works, and the others wait
  --lease-duration 60s  --renew-deadline 40s  --retry-period 5s
  --identity ID              holder of the lease (POD_UID, else the host name and something random): who has the same one
                             takes the lease up at once, so no two processes that run may share it
  --http-port 8080  --http-host ADDRESS     /healthz /readyz /metrics; default: all addresses
  --aws-limit kms:CreateKey=50              a rate that this account was granted; may be repeated. Of a service as a
                                            whole: route53:*=10
  --dns-server 10.0.0.2      asked whether a domain is delegated; may be repeated; default: the machine's resolvers
  --log-level info
  --allow-static-keys        take AWS_ACCESS_KEY_ID from the environment, which is refused otherwise

Kubernetes: KUBECONFIG, else the pod's service account, else ~/.kube/config. AWS: the SDK's own environment
(AWS_ENDPOINT_URL, profiles, IRSA, Pod Identity).`;

/** Flags and environment. Throws an Error that names what is wrong. */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv, hostname: string): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      installation: { type: 'string' },
      'take-over-from': { type: 'string', multiple: true },
      namespace: { type: 'string', multiple: true },
      'environment-selector': { type: 'string' },
      'drift-interval': { type: 'string' },
      concurrency: { type: 'string' },
      'lease-namespace': { type: 'string' },
      'lease-name': { type: 'string' },
      'lease-duration': { type: 'string' },
      'renew-deadline': { type: 'string' },
      'retry-period': { type: 'string' },
      identity: { type: 'string' },
      'http-port': { type: 'string' },
      'http-host': { type: 'string' },
      'aws-limit': { type: 'string', multiple: true },
      'dns-server': { type: 'string', multiple: true },
      'log-level': { type: 'string' },
      'allow-static-keys': { type: 'boolean' },
    },
  });
  if (env.AWS_ACCESS_KEY_ID && values['allow-static-keys'] !== true)
    throw new Error(
      'AWS_ACCESS_KEY_ID is in the environment, and static keys are taken from there only with --allow-static-keys: add that, or unset it and use a profile (AWS_PROFILE), IRSA or Pod Identity',
    );
  const installation = values.installation ?? env.OPTA_INSTALLATION;
  if (installation === undefined)
    throw new Error(
      '--installation (or OPTA_INSTALLATION) is required: a name that is unique in the AWS account',
    );
  if (!/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/.test(installation)) {
    throw new Error(
      '--installation must be 2 to 20 lower-case letters, digits and "-", beginning with a letter',
    );
  }
  const reserved = reservedBeginning(installation);
  if (reserved !== undefined) {
    throw new Error(
      `--installation ${installation} makes names like ${installation}-dev, which begins with ${reserved}: choose another one`,
    );
  }
  const options: Options = {
    installation,
    takeOverFrom: (values['take-over-from'] ?? []).map(clusterUid),
    namespaces: words('--namespace', values.namespace),
    environmentSelector: selector(values['environment-selector'] ?? ''),
    driftIntervalMs: duration('--drift-interval', values['drift-interval'], DEFAULTS.driftIntervalMs),
    concurrency: whole('--concurrency', values.concurrency, DEFAULTS.concurrency, { least: 1 }),
    leaseNamespace: values['lease-namespace'] ?? env.POD_NAMESPACE ?? 'opta-system',
    leaseName: values['lease-name'] ?? leaseNameOf(installation, values['environment-selector'] ?? ''),
    identity: values.identity || env.POD_UID || `${hostname}_${randomBytes(8).toString('hex')}`,
    instance: env.POD_NAME ?? hostname,
    httpPort: whole('--http-port', values['http-port'], 8080, { most: 65_535 }),
    ...(values['http-host'] === undefined ? {} : { httpHost: values['http-host'] }),
    logLevel: logLevel(values['log-level'] ?? 'info'),
    leaseDurationMs: duration('--lease-duration', values['lease-duration'], 60_000),
    renewDeadlineMs: duration('--renew-deadline', values['renew-deadline'], 40_000),
    retryMs: duration('--retry-period', values['retry-period'], 5_000),
    awsLimits: Object.fromEntries((values['aws-limit'] ?? []).map(limit)),
    dnsServers: (values['dns-server'] ?? []).map(dnsServer),
  };
  checkLease(options);
  return options;
}

/**
 * Who serves other environments has another Lease, however the same selector is written. Namespaces make no difference: two
 * operators that differ in these alone serve the same environments, so one of them is to wait.
 */
function leaseNameOf(installation: string, selector: string): string {
  const name = `opta-operator-${installation}`;
  const parts = selector.split(',').flatMap(part => part.trim() || []);
  return parts.length === 0 ? name : `${name}-${shortHash(parts.sort().join())}`;
}

/** Times with which an operator would never lead for long, or would lead and never write. */
function checkLease({ leaseDurationMs, renewDeadlineMs, retryMs }: Options): void {
  if (retryMs >= renewDeadlineMs)
    throw new Error('--retry-period must be shorter than --renew-deadline, or the lease is lost unrenewed');
  if (renewDeadlineMs >= leaseDurationMs)
    throw new Error(
      '--renew-deadline must be shorter than --lease-duration, or a leader stays one after its lease',
    );
  if (leaseDurationMs <= retryMs + LONGEST_CALL_MS) {
    throw new Error(
      `--lease-duration must be longer than --retry-period and ${LONGEST_CALL_MS / 1_000} s together: ` +
        'no write begins that could end after the lease',
    );
  }
}

function duration(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const ms = durationMs(text);
  if (ms === undefined || ms === 0) throw new Error(`${flag} must be like 90s, 15m or 2h, not ${text}`);
  return ms;
}

function whole(
  flag: string,
  text: string | undefined,
  otherwise: number,
  { least = 0, most = 99_999 }: { readonly least?: number; readonly most?: number },
): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,5}$/.test(text)) throw new Error(`${flag} must be a whole number, not ${text}`);
  if (Number(text) < least) throw new Error(`${flag} must be ${least} or more, not ${text}`);
  if (Number(text) > most) throw new Error(`${flag} must be ${most} or less, not ${text}`);
  return Number(text);
}

/** An empty one is a variable that was not set: of namespaces it would mean all. */
function words(flag: string, texts: readonly string[] = []): readonly string[] {
  if (texts.some(text => text.trim() === '')) throw new Error(`${flag} must not be empty`);
  return texts;
}

/** Kubernetes documentation, "Object Names and IDs": UIDs are UUIDs. Of anything else nothing would ever be taken up. */
function clusterUid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  throw new Error(
    '--take-over-from must be the UID of the namespace kube-system of the cluster that is gone, as the tag opta.dev/cluster ' +
      `has it, such as 1b4e28ba-2fa1-41d2-883f-0016d3cca427, not ${text}`,
  );
}

// Kubernetes documentation, "Labels and Selectors".
const LABEL_NAME = '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
const LABEL_KEY = `(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?${LABEL_NAME}`;
const LABEL_VALUE = `(?:${LABEL_NAME})?`;
const LABEL_VALUES = `\\(\\s*${LABEL_VALUE}(?:\\s*,\\s*${LABEL_VALUE})*\\s*\\)`;
const REQUIREMENT = new RegExp(
  `^\\s*(?:!\\s*${LABEL_KEY}|${LABEL_KEY}(?:\\s*(?:==?|!=)\\s*${LABEL_VALUE}|\\s+(?:not)?in\\s*${LABEL_VALUES}|\\s*[<>]\\s*\\d+)?)\\s*$`,
);

/** One that the API server does not take would be asked for again for as long as the process lives. */
function selector(text: string): string {
  if (text === '') return text;
  const requirements = text.split(/,(?![^(]*\))/);
  if (requirements.every(one => REQUIREMENT.test(one))) return text;
  throw new Error(
    `--environment-selector must be labels such as site=a,tier in (x,y), as kubectl get -l takes them, not ${text}`,
  );
}

function logLevel(text: string): string {
  if (LOG_LEVELS.includes(text)) return text;
  throw new Error(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not ${text}`);
}

function dnsServer(text: string): string {
  try {
    new Resolver().setServers([text]);
  } catch {
    throw new Error(
      `--dns-server must be an address such as 10.0.0.2, 10.0.0.2:53 or [fd00::2]:53, not ${text}`,
    );
  }
  return text;
}

function limit(text: string): [string, number] {
  const match = /^([a-z0-9-]+:(?:[A-Za-z]+|\*))=(\d+(\.\d+)?)$/.exec(text);
  const rate = Number(match?.[2]);
  if (match?.[1] === undefined || rate === 0)
    throw new Error(`--aws-limit must be like kms:CreateKey=50, a rate of more than 0, not ${text}`);
  return [match[1], rate];
}
