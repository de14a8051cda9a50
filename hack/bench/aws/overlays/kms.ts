import { createHash } from 'node:crypto';
import { isObject } from '../../policy/document.ts';
import { evaluate } from '../../policy/evaluate.ts';
import { validate } from '../../policy/validate.ts';
import { type Answer, type BenchContext, type Call, jsonInput, type Overlay, textField } from '../overlay.ts';
import { freshIn } from './iam/propagation.ts';
import { anyIdentity } from './key-use.ts';
import { kmsDeletionOverlays } from './kms-deletion.ts';
import { callerOf, findKey, jsonBody, withBody } from './questions.ts';

const keyStates = 'KMS developer guide, "Key states of AWS KMS keys"';
const awsKeys = 'KMS API, DescribeKey: "a predefined AWS alias (an AWS alias with no key ID)"; KeyMetadata';

/** Fail on a key that waits for its deletion: note [3] of the table. */
const notWhilePending =
  `CreateAlias CreateGrant Decrypt DisableKey DisableKeyRotation EnableKey EnableKeyRotation Encrypt
  GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac
  GetPublicKey ReplicateKey ScheduleKeyDeletion Sign TagResource UntagResource UpdateAlias UpdateKeyDescription Verify
  VerifyMac`.split(/\s+/);

/** Fail on a disabled key: note [1]; the emulator does so for grants only. */
const notWhileDisabled = new Set(
  `CreateGrant Decrypt DisableKeyRotation EnableKeyRotation Encrypt GenerateDataKey GenerateDataKeyPair
  GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetPublicKey Sign Verify
  VerifyMac`.split(/\s+/),
);

const states: Overlay = {
  service: 'kms',
  operation: notWhilePending,
  source: keyStates,
  async before(call, bench) {
    const key = await findKey(bench, textField(call, 'KeyId') || textField(call, 'TargetKeyId'), call);
    if (!key || key.managedByAws) return undefined;
    if (key.state === 'PendingDeletion') return invalidState(call, bench, `${key.arn} is pending deletion.`);
    if (key.state !== 'Disabled' || !notWhileDisabled.has(call.operation)) return undefined;
    return bench.error(call, { status: 400, code: 'DisabledException', message: `${key.arn} is disabled.` });
  },
};

const cancel: Overlay = {
  service: 'kms',
  operation: 'CancelKeyDeletion',
  source: keyStates,
  async before(call, bench) {
    const key = await findKey(bench, textField(call, 'KeyId'), call);
    if (!key || key.state === 'PendingDeletion') return undefined;
    return invalidState(call, bench, `${key.arn} is not pending deletion.`);
  },
};

function invalidState(call: Call, bench: BenchContext, message: string): Answer {
  return bench.error(call, { status: 400, code: 'KMSInvalidStateException', message });
}

const rotationPeriod: Overlay = {
  service: 'kms',
  operation: 'EnableKeyRotation',
  source: 'KMS API, EnableKeyRotation: RotationPeriodInDays, minimum 90, maximum 2560',
  before(call, bench) {
    const days = jsonInput(call).RotationPeriodInDays;
    if (days === undefined || (typeof days === 'number' && days >= 90 && days <= 2560)) return undefined;
    const bound = Number(days) < 90 ? 'greater than or equal to 90' : 'less than or equal to 2560';
    const message = `1 validation error detected: Value '${days}' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value ${bound}`;
    return bench.error(call, { status: 400, code: 'ValidationException', message });
  },
};

const rotationWhilePending: Overlay = {
  service: 'kms',
  operation: 'GetKeyRotationStatus',
  source:
    'KMS API, GetKeyRotationStatus: "While a KMS key is pending deletion, its key rotation status is false"',
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const key = await findKey(bench, textField(call, 'KeyId'), call);
    if (key?.state !== 'PendingDeletion') return undefined;
    return withBody(answer, { ...jsonBody(answer), KeyRotationEnabled: false });
  },
};

const policies: Overlay = {
  service: 'kms',
  operation: ['CreateKey', 'PutKeyPolicy'],
  source:
    'KMS API, PutKeyPolicy: Policy and BypassPolicyLockoutSafetyCheck; MalformedPolicyDocumentException; "the principals in the key policy must exist and be visible to AWS KMS. When you create a new AWS principal, you might need to enforce a delay"',
  before(call, bench) {
    const { Policy: policy, BypassPolicyLockoutSafetyCheck: bypass } = jsonInput(call);
    if (policy === undefined && call.operation === 'CreateKey') return undefined;
    const refuse = (message: string) =>
      bench.error(call, { status: 400, code: 'MalformedPolicyDocumentException', message });
    const text = typeof policy === 'string' ? policy : '';
    const [problem] = validate(text, { kind: 'kms' });
    if (problem) return refuse(problem);
    if (freshIn(bench, text) !== undefined)
      return refuse('Policy contains a statement with one or more invalid principals.');
    if (bypass === true || mayPutPolicyAgain(call, text)) return undefined;
    return refuse('The new key policy will not allow you to update the key policy in the future.');
  },
};

function mayPutPolicyAgain(call: Call, resourcePolicy: string): boolean {
  const principal = callerOf(call);
  const request = {
    principal,
    action: 'kms:PutKeyPolicy',
    resource: `arn:aws:kms:${call.region}:${call.accountId}:key/new`,
    context: { 'kms:CallerAccount': call.accountId },
  };
  return evaluate({ kind: 'kms', policies: [anyIdentity], resourcePolicy, request }).decision === 'Allow';
}

const metadata: Overlay = {
  service: 'kms',
  operation: ['CreateKey', 'DescribeKey'],
  source:
    'KMS API, KeyMetadata: AWSAccountId, and Enabled "when KeyState is Enabled this value is true"; CreationDate by the time ' +
    'that the bench has',
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const body = jsonBody(answer);
    if (!isObject(body.KeyMetadata)) return undefined;
    const Enabled = body.KeyMetadata.KeyState === 'Enabled';
    const memory = `kms:created:${call.accountId}:${call.region}:${body.KeyMetadata.KeyId}`;
    if (call.operation === 'CreateKey') bench.state.set(memory, bench.now() / 1000);
    const CreationDate = bench.state.get(memory) ?? body.KeyMetadata.CreationDate;
    return withBody(answer, {
      ...body,
      KeyMetadata: { AWSAccountId: call.accountId, ...body.KeyMetadata, CreationDate, Enabled },
    });
  },
};

const awsManaged: Overlay = {
  service: 'kms',
  operation: 'DescribeKey',
  source: awsKeys,
  before(call, bench) {
    const reference = textField(call, 'KeyId');
    const memory = `kms:aws-managed:${call.accountId}:${call.region}:`;
    const [, alias] = /^(?:arn:aws:kms:[^:]+:\d+:)?alias\/aws\/([a-z0-9-]+)$/.exec(reference) ?? [];
    const service = alias ?? bench.state.get(memory + reference.replace(/^.*:key\//, ''));
    if (typeof service !== 'string') return undefined;
    const KeyId = stableId(`${call.accountId} ${call.region} ${service}`);
    // KMS makes the key at this first mention; from then on its id and ARN name it too.
    bench.state.set(memory + KeyId, service);
    return bench.success(call, {
      KeyMetadata: {
        AWSAccountId: call.accountId,
        KeyId,
        Arn: `arn:aws:kms:${call.region}:${call.accountId}:key/${KeyId}`,
        CreationDate: Math.floor(bench.now() / 1000),
        Enabled: true,
        Description: `Default key that protects my ${service} resources when no other key is defined`,
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: 'Enabled',
        Origin: 'AWS_KMS',
        KeyManager: 'AWS',
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        KeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        MultiRegion: false,
      },
    });
  },
};

function stableId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

const awsAliases: Overlay = {
  service: 'kms',
  operation: ['CreateAlias', 'UpdateAlias', 'DeleteAlias'],
  source: 'KMS API, CreateAlias: "The alias name cannot begin with alias/aws/"',
  before(call, bench) {
    if (!textField(call, 'AliasName').startsWith('alias/aws/')) return undefined;
    return bench.error(call, { status: 400, code: 'NotAuthorizedException', message: '' });
  },
};

export const kmsOverlays: Overlay[] = [
  ...kmsDeletionOverlays,
  awsAliases,
  policies,
  rotationPeriod,
  states,
  cancel,
  rotationWhilePending,
  awsManaged,
  metadata,
];
