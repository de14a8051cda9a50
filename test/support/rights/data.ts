import { identifyS3 } from '../../../hack/bench/aws/identify-s3.ts';
import { isRecord } from '../../../hack/bench/aws/input.ts';
import { jsonInput, textField, xmlInput } from '../../../hack/bench/aws/overlay.ts';
import { s3Action } from '../../../hack/bench/aws/overlays/s3-actions.ts';
import { requestTags } from '../../../hack/bench/aws/request-tags.ts';
import { unescapeXml, xmlElements, xmlText } from '../../../hack/bench/aws/xml.ts';
import type { Context } from '../../../hack/bench/policy/pattern.ts';
import { type Asked, type Asks, ofTagKeys, ofTags, passing, type Question } from './question.ts';

export function sqsQuestions({ call, arn }: Asked): readonly Question[] {
  const resource = arn('sqs', call.resource);
  const tags = call.operation === 'CreateQueue' && requestTags(call) !== undefined ? ['TagQueue'] : [];
  return [call.operation, ...tags].map(name => ({ action: `sqs:${name}`, resource }));
}

/** A subscription is its topic's. */
export function snsQuestions({ call, arn }: Asked): readonly Question[] {
  const given =
    textField(call, 'SubscriptionArn') || textField(call, 'TopicArn') || textField(call, 'ResourceArn');
  const resource =
    given === '' ? arn('sns', textField(call, 'Name')) : given.split(':').slice(0, 6).join(':');
  const tags = call.operation === 'CreateTopic' && requestTags(call) !== undefined ? ['TagResource'] : [];
  return [call.operation, ...tags].map(name => ({ action: `sns:${name}`, resource }));
}

export function s3Questions({ call }: Asked): readonly Question[] | undefined {
  const { bucket, key } = identifyS3(call.method, call.path, call.query, false);
  const resource = `arn:aws:s3:::${key === '' ? bucket : `${bucket}/${key}`}`;
  if (call.operation === 'CreateBucket') {
    // Amazon S3 API Reference, CreateBucket, "Permissions".
    const actions = [
      'CreateBucket',
      ...(call.headers['x-amz-object-ownership'] === undefined ? [] : ['PutBucketOwnershipControls']),
      ...(call.headers['x-amz-acl'] === undefined ? [] : ['PutBucketAcl']),
      ...(requestTags(call) === undefined ? [] : ['TagResource']),
    ];
    return actions.map(name => ({ action: `s3:${name}`, resource }));
  }
  if (call.operation === 'DeleteObjects') {
    return xmlElements(xmlInput(call), 'Object').map(one => ({
      action: xmlText(one, 'VersionId') === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
      resource: `arn:aws:s3:::${bucket}/${unescapeXml(xmlText(one, 'Key') ?? '')}`,
    }));
  }
  const action = s3Action(call.operation);
  if (action === undefined) return undefined;
  const role = call.operation === 'PutBucketReplication' ? (xmlText(xmlInput(call), 'Role') ?? '') : '';
  return [{ action, resource }, ...passing(role, 's3.amazonaws.com')];
}

async function onKey({ call, account, arn }: Asked): Promise<readonly Question[]> {
  const id = textField(call, 'KeyId');
  const resource = (await account.keyArn(id)) ?? arn('kms', `key/${id.slice(id.lastIndexOf('/') + 1)}`);
  const { TagKeys } = jsonInput(call);
  const context: Context = {
    ...ofTags(requestTags(call) ?? {}),
    ...ofTagKeys(Array.isArray(TagKeys) ? TagKeys.map(String) : []),
  };
  return [{ action: `kms:${call.operation}`, resource, context }];
}

/** "Controlling access to aliases": of the alias, and of each key that it points to or is to. */
async function onAlias({ call, account, arn }: Asked): Promise<readonly Question[]> {
  const alias = textField(call, 'AliasName');
  const target = textField(call, 'TargetKeyId');
  const keys = await Promise.all([alias, target].filter(id => id !== '').map(id => account.keyArn(id)));
  return [arn('kms', alias), ...keys.flatMap(key => key ?? [])].map(resource => ({
    action: `kms:${call.operation}`,
    resource,
  }));
}

export const KMS: Asks = {
  CreateAlias: onAlias,
  UpdateAlias: onAlias,
  DeleteAlias: onAlias,
  ListAliases: () => [{ action: 'kms:ListAliases', resource: '*' }],
  CreateKey: ({ call, arn }) => {
    const isBypassed = jsonInput(call).BypassPolicyLockoutSafetyCheck === true;
    const context = {
      ...ofTags(requestTags(call) ?? {}),
      'kms:BypassPolicyLockoutSafetyCheck': String(isBypassed),
    };
    return [
      { action: 'kms:CreateKey', resource: '*', context },
      { action: 'kms:TagResource', resource: arn('kms', 'key/*'), context },
    ];
  },
  ...Object.fromEntries(
    `CancelKeyDeletion DescribeKey EnableKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags
    PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription`
      .split(/\s+/)
      .map(name => [name, onKey]),
  ),
};

export function logsQuestions({ call, arn }: Asked): readonly Question[] {
  const action = `logs:${call.operation}`;
  if (call.operation === 'DescribeLogGroups') return [{ action, resource: '*' }];
  const name = textField(call, 'logGroupName');
  const resource = name === '' ? textField(call, 'resourceArn') : arn('logs', `log-group:${name}`);
  const { tags } = jsonInput(call);
  const isTagged = call.operation === 'CreateLogGroup' && isRecord(tags);
  return [{ action, resource }, ...(isTagged ? [{ action: 'logs:TagResource', resource }] : [])];
}

/** RDS and ElastiCache. */
export function subnetGroupQuestions({ call, arn }: Asked): readonly Question[] {
  const { service, operation } = call;
  const [type, field] =
    service === 'rds' ? ['subgrp', 'DBSubnetGroupName'] : ['subnetgroup', 'CacheSubnetGroupName'];
  const resource =
    textField(call, 'ResourceName') || arn(service, `${type}:${textField(call, field) || '*'}`);
  const tags = /^Create/.test(operation) && requestTags(call) !== undefined ? ['AddTagsToResource'] : [];
  return [operation, ...tags].map(name => ({ action: `${service}:${name}`, resource }));
}
