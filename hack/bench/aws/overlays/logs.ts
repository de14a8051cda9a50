/** CloudWatch Logs: keys of log groups, their protection against deletion and retention policies of an account, which the emulator has not. */
import { isObject } from '../../policy/document.ts';
import { type Answer, type BenchContext, type Call, jsonInput, type Overlay, textField } from '../overlay.ts';
import { keyProblem } from './key-use.ts';
import { askJson, jsonBody, withBody } from './questions.ts';

const keys = 'CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS"';

/** What the gateway knows of a group beyond the emulator. */
interface Group {
  /** `''`: taken off again; undefined: as it was made. */
  kmsKeyId?: string;
  isProtected?: boolean;
  /** By the gateway's clock, in ms: the emulator's dates are the machine's. */
  madeAt?: number;
}

function groups({ state }: BenchContext): Map<string, Group> {
  const known = state.get('logs:groups');
  if (known instanceof Map) return known;
  const fresh = new Map<string, Group>();
  state.set('logs:groups', fresh);
  return fresh;
}

function keyOf({ accountId, region }: Call, name: string): string {
  return `${accountId}/${region}/${name}`;
}

/** By name, or by ARN as `logGroupIdentifier` and `resourceIdentifier` have it. */
function nameIn(call: Call): string {
  const given =
    textField(call, 'logGroupName') ||
    textField(call, 'logGroupIdentifier') ||
    textField(call, 'resourceIdentifier');
  return given.replace(/^arn:.*:log-group:/, '').replace(/:\*$/, '');
}

function arnOf({ accountId, region }: Call, name: string): string {
  return `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
}

function change(call: Call, bench: BenchContext, group: Group): void {
  const key = keyOf(call, nameIn(call));
  groups(bench).set(key, { ...groups(bench).get(key), ...group });
}

async function exists(call: Call, bench: BenchContext): Promise<boolean> {
  const name = nameIn(call);
  const { accountId, region } = call;
  const input = { logGroupNamePrefix: name };
  const found = await askJson(bench, {
    service: 'logs',
    accountId,
    region,
    operation: 'DescribeLogGroups',
    input,
  });
  const listed = Array.isArray(found?.logGroups) ? found.logGroups.filter(isObject) : [];
  return listed.some(group => group.logGroupName === name);
}

function absent(call: Call, bench: BenchContext): Answer {
  const message = `The specified log group does not exist: ${nameIn(call)}`;
  return bench.error(call, { status: 400, code: 'ResourceNotFoundException', message });
}

/** The service itself uses the key, for this log group; undefined where it may. */
async function keyRefusal(call: Call, bench: BenchContext): Promise<Answer | undefined> {
  const arn = arnOf(call, nameIn(call));
  const problem = await keyProblem(bench, {
    key: textField(call, 'kmsKeyId'),
    place: call,
    principal: { type: 'service', service: `logs.${call.region}.amazonaws.com` },
    actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
    context: { 'kms:EncryptionContext:aws:logs:arn': arn, 'kms:EncryptionContextKeys': ['aws:logs:arn'] },
  });
  if (problem === undefined) return undefined;
  const message = `The specified KMS key does not exist or is not allowed to be used with Arn '${arn}'`;
  return bench.error(call, { status: 400, code: 'InvalidParameterException', message });
}

const create: Overlay = {
  service: 'logs',
  operation: 'CreateLogGroup',
  source: `${keys}; CloudWatch Logs API, CreateLogGroup: deletionProtectionEnabled, "the KMS key does not exist or the KMS key is disabled, you receive an InvalidParameterException error"`,
  async before(call, bench) {
    return textField(call, 'kmsKeyId') === '' ? undefined : keyRefusal(call, bench);
  },
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    groups(bench).set(keyOf(call, nameIn(call)), {
      isProtected: jsonInput(call).deletionProtectionEnabled === true,
      madeAt: bench.now(),
    });
    return undefined;
  },
};

const associate: Overlay = {
  service: 'logs',
  operation: 'AssociateKmsKey',
  source: `${keys}; CloudWatch Logs API, AssociateKmsKey`,
  async before(call, bench) {
    if (!(await exists(call, bench))) return absent(call, bench);
    const refused = await keyRefusal(call, bench);
    if (refused !== undefined) return refused;
    change(call, bench, { kmsKeyId: textField(call, 'kmsKeyId') });
    return bench.success(call, {});
  },
};

const disassociate: Overlay = {
  service: 'logs',
  operation: 'DisassociateKmsKey',
  source: `${keys}; CloudWatch Logs API, DisassociateKmsKey`,
  async before(call, bench) {
    if (!(await exists(call, bench))) return absent(call, bench);
    change(call, bench, { kmsKeyId: '' });
    return bench.success(call, {});
  },
};

const protect: Overlay = {
  service: 'logs',
  operation: 'PutLogGroupDeletionProtection',
  source: 'CloudWatch Logs API, PutLogGroupDeletionProtection',
  async before(call, bench) {
    if (!(await exists(call, bench))) return absent(call, bench);
    change(call, bench, { isProtected: jsonInput(call).deletionProtectionEnabled === true });
    return bench.success(call, {});
  },
};

const remove: Overlay = {
  service: 'logs',
  operation: 'DeleteLogGroup',
  source:
    'CloudWatch Logs API, PutLogGroupDeletionProtection: "deletion protection blocks all deletion operations until it is explicitly disabled"; DeleteLogGroup, Errors: ValidationException',
  before(call, bench) {
    if (groups(bench).get(keyOf(call, nameIn(call)))?.isProtected !== true) return undefined;
    const message = `Log group ${nameIn(call)} has deletion protection enabled`;
    return bench.error(call, { status: 400, code: 'ValidationException', message });
  },
  after(call, answer, bench) {
    if (answer.status === 200) groups(bench).delete(keyOf(call, nameIn(call)));
    return undefined;
  },
};

const describe: Overlay = {
  service: 'logs',
  operation: 'DescribeLogGroups',
  source:
    'CloudWatch Logs API, LogGroup: kmsKeyId, deletionProtectionEnabled, retentionPolicyName, creationTime',
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const body = jsonBody(answer);
    const listed = Array.isArray(body.logGroups) ? body.logGroups.filter(isObject) : [];
    return withBody(answer, { ...body, logGroups: listed.map(group => shown(call, bench, group)) });
  },
};

/** Undefined: its events never expire. */
type Retention = number | undefined;

/** Those of an account and region by name, in the order in which they were made. */
function policies({ state }: BenchContext, { accountId, region }: Call): Map<string, Retention> {
  const key = `logs:retention-policies:${accountId}/${region}`;
  const known = state.get(key);
  if (known instanceof Map) return known;
  const fresh = new Map<string, Retention>();
  state.set(key, fresh);
  return fresh;
}

/** What AWS does a day later is done at once; prefixes and NEW_ONLY are not known here. */
const setPolicy: Overlay = {
  service: 'logs',
  operation: 'PutAccountPolicy',
  source:
    'CloudWatch Logs API, PutAccountPolicy, "Retention policy": retentionInDays, a number or NEVER_EXPIRE; without selectionCriteria and RETROACTIVE it applies to all log groups in the account',
  before(call, bench) {
    const document: unknown = JSON.parse(textField(call, 'policyDocument'));
    const isKnown = textField(call, 'policyType') === 'RETENTION_POLICY' && isObject(document);
    if (!isKnown || document.enforcementMode !== 'RETROACTIVE' || textField(call, 'selectionCriteria') !== '')
      return bench.error(call, {
        status: 400,
        code: 'InvalidParameterException',
        message: 'The bench knows retention policies of all log groups only',
      });
    const { retentionInDays: days } = document;
    policies(bench, call).set(textField(call, 'policyName'), typeof days === 'number' ? days : undefined);
    return bench.success(call, {});
  },
};

const dropPolicy: Overlay = {
  service: 'logs',
  operation: 'DeleteAccountPolicy',
  source: 'CloudWatch Logs API, DeleteAccountPolicy',
  before(call, bench) {
    if (policies(bench, call).delete(textField(call, 'policyName'))) return bench.success(call, {});
    const message = 'The specified account policy does not exist';
    return bench.error(call, { status: 400, code: 'ResourceNotFoundException', message });
  },
};

/** PutAccountPolicy: "the policy with the longest retention period is used", of equal ones the first. */
function underPolicy(call: Call, bench: BenchContext, group: Record<string, unknown>) {
  const longest = ([, days]: readonly [string, Retention]) => days ?? Number.POSITIVE_INFINITY;
  const [policy] = [...policies(bench, call)].sort((a, b) =>
    longest(a) === longest(b) ? 0 : longest(b) - longest(a),
  );
  if (policy === undefined) return group;
  const { retentionInDays: _, ...rest } = group;
  const [retentionPolicyName, days] = policy;
  return { ...rest, retentionPolicyName, ...(days === undefined ? {} : { retentionInDays: days }) };
}

function shown(call: Call, bench: BenchContext, listed: Record<string, unknown>) {
  const { kmsKeyId: made, ...group }: Record<string, unknown> = underPolicy(call, bench, listed);
  const known = groups(bench).get(keyOf(call, String(group.logGroupName)));
  const kmsKeyId = known?.kmsKeyId ?? made;
  return {
    ...group,
    deletionProtectionEnabled: known?.isProtected ?? false,
    ...(kmsKeyId ? { kmsKeyId } : {}),
    ...(known?.madeAt === undefined ? {} : { creationTime: known.madeAt }),
  };
}

const named: Overlay = {
  service: 'logs',
  operation: 'DescribeLogGroups',
  source:
    'CloudWatch Logs API, DescribeLogGroups, logGroupIdentifiers: names or ARNs, at most 50; "the only other filter that you can choose to specify is includeLinkedAccounts"',
  async before(call, bench) {
    const { logGroupIdentifiers: asked, includeLinkedAccounts: _, ...others } = jsonInput(call);
    if (!Array.isArray(asked)) return undefined;
    const [other] = Object.keys(others);
    if (other !== undefined) {
      // Whether limit is a filter is not said.
      const message = `${other} cannot be specified with logGroupIdentifiers`;
      return bench.error(call, { status: 400, code: 'InvalidParameterException', message });
    }
    if (asked.length > 50) {
      const message = "Value at 'logGroupIdentifiers' failed to satisfy constraint: at most 50";
      return bench.error(call, { status: 400, code: 'InvalidParameterException', message });
    }
    const { accountId, region } = call;
    const names = asked.map(one =>
      String(one)
        .replace(/^arn:.*:log-group:/, '')
        .replace(/:\*$/, ''),
    );
    const logGroups: unknown[] = [];
    for (const name of [...new Set(names)].sort()) {
      const input = { logGroupNamePrefix: name };
      const place = { service: 'logs', accountId, region, operation: 'DescribeLogGroups' };
      const page = await askJson(bench, { ...place, input });
      const listed = Array.isArray(page?.logGroups) ? page.logGroups.filter(isObject) : [];
      logGroups.push(
        ...listed.filter(group => group.logGroupName === name).map(group => shown(call, bench, group)),
      );
    }
    return bench.success(call, { logGroups });
  },
};

export const logsOverlays: Overlay[] = [
  create,
  associate,
  disassociate,
  protect,
  setPolicy,
  dropPolicy,
  remove,
  named,
  describe,
];
