/**
 * Whether somebody may use a KMS key. Sources: KMS developer guide, "Key policies in AWS KMS" and "Key states of AWS KMS
 * keys"; SQS developer guide, "Key management"; SNS developer guide, "Managing encryption keys and costs".
 */
import type { PolicyInput } from '../../policy/document.ts';
import { evaluate } from '../../policy/evaluate.ts';
import type { Context } from '../../policy/pattern.ts';
import type { Principal } from '../../policy/principal.ts';
import type { BenchContext } from '../overlay.ts';
import { findKey, keyPolicy, type Place } from './questions.ts';

export type KeyProblem = 'NotFound' | 'Disabled' | 'InvalidState' | 'AccessDenied';

export interface KeyUse {
  /** Id, ARN, alias name or alias ARN. */
  key: string;
  /** Where the user of the key (queue, topic, bucket) is. */
  place: Place;
  principal: Principal;
  actions: ('kms:GenerateDataKey' | 'kms:Encrypt' | 'kms:Decrypt')[];
  /** Of an AWS principal; default: they allow everything. */
  policies?: PolicyInput[];
  context?: Context;
}

/** What AWS lets identity policies of the caller say is not known to the bench: they allow everything. */
export const anyIdentity = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
};

export const encryptActions: KeyUse['actions'] = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** Why the key cannot be used so; undefined where it can. */
export async function keyProblem(bench: BenchContext, use: KeyUse): Promise<KeyProblem | undefined> {
  const key = await findKey(bench, use.key, use.place);
  if (!key) return 'NotFound';
  // "You can't change the policy of an AWS managed key", and it lets in only principals of its own account.
  if (key.managedByAws) return use.principal.accountId === use.place.accountId ? undefined : 'AccessDenied';
  if (key.state === 'Disabled') return 'Disabled';
  if (key.state !== 'Enabled') return 'InvalidState';
  const resourcePolicy = await keyPolicy(bench, key);
  if (resourcePolicy === undefined) return 'AccessDenied';
  for (const action of use.actions) {
    const { decision } = evaluate({
      kind: 'kms',
      policies: use.principal.type === 'aws' ? (use.policies ?? [anyIdentity]) : [],
      resourcePolicy,
      request: {
        principal: use.principal,
        action,
        resource: key.arn,
        ...(use.context && { context: use.context }),
      },
    });
    if (decision !== 'Allow') return 'AccessDenied';
  }
  return undefined;
}

/** What is encrypted, as the condition keys of the key's policy see it ("Encryption context" in each service's guide). */
export function encryptionContext(arn: string): Context {
  const name = { sqs: 'aws:sqs:arn', sns: 'aws:sns:topicArn', s3: 'aws:s3:arn' }[arn.split(':')[2] ?? ''];
  return name ? { [`kms:EncryptionContext:${name}`]: arn, 'kms:EncryptionContextKeys': [name] } : {};
}
