import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../hack/bench/policy/evaluate.ts';
import { isPublicPolicy } from '../../../hack/bench/policy/public.ts';
import { policyOf } from '../../aws/policy.ts';
import { ACCOUNT, PLACE } from '../testing/graph.ts';
import { allowDelivery } from './log-delivery.ts';

const BUCKET = 'opta-dev-logs';
const ARN = `arn:aws:s3:::${BUCKET}`;
const FOREIGN = '999988887777';
const policy = JSON.stringify(policyOf(allowDelivery(PLACE, BUCKET)));

const S3 = 'logging.s3.amazonaws.com';
const ELB = 'logdelivery.elasticloadbalancing.amazonaws.com';
const DELIVERY = 'delivery.logs.amazonaws.com';
const from = (arn: string, account: string) => ({ 'aws:SourceArn': arn, 'aws:SourceAccount': account });
const logs = (account: string) => from(`arn:aws:logs:${PLACE.region}:${account}:delivery-source`, account);

function decide(service: string, action: string, resource: string, context = {}): string {
  return evaluate({
    kind: 's3',
    resourcePolicy: policy,
    request: { principal: { type: 'service', service }, action, resource, context },
  }).decision;
}

describe('written to the log bucket are', () => {
  test.each([
    ['a bucket of the account', S3, `${ARN}/shop/uploads/log`, from('arn:aws:s3:::uploads', ACCOUNT)],
    ['a load balancer', ELB, `${ARN}/AWSLogs/${ACCOUNT}/elasticloadbalancing/a`, {}],
    ['a load balancer with a prefix', ELB, `${ARN}/web/AWSLogs/${ACCOUNT}/elasticloadbalancing/a`, {}],
    ['a network load balancer', DELIVERY, `${ARN}/AWSLogs/${ACCOUNT}/elasticloadbalancing/a`, logs(ACCOUNT)],
  ])('logs of %s', (_, service, resource, context) => {
    expect(decide(service, 's3:PutObject', resource, context)).toBe('Allow');
  });

  test.each([
    ['a bucket of another account', S3, `${ARN}/shop/uploads/log`, from('arn:aws:s3:::theirs', FOREIGN)],
    ['a load balancer of another account', ELB, `${ARN}/AWSLogs/${FOREIGN}/elasticloadbalancing/a`, {}],
    ['a load balancer, in the place of a bucket', ELB, `${ARN}/shop/uploads/log`, {}],
    [
      'a network load balancer of another account',
      DELIVERY,
      `${ARN}/AWSLogs/${ACCOUNT}/elasticloadbalancing/a`,
      logs(FOREIGN),
    ],
  ])('no logs of %s', (_, service, resource, context) => {
    expect(decide(service, 's3:PutObject', resource, context)).toBe('ImplicitDeny');
  });
});

test('who delivers for network load balancers may see whose the bucket is, for this account alone', () => {
  expect(decide(DELIVERY, 's3:GetBucketAcl', ARN, logs(ACCOUNT))).toBe('Allow');
  expect(decide(DELIVERY, 's3:GetBucketAcl', ARN, logs(FOREIGN))).toBe('ImplicitDeny');
});

test('nobody of them can read, and it is not public', () => {
  for (const service of [S3, ELB, DELIVERY])
    expect(decide(service, 's3:GetObject', `${ARN}/a`, logs(ACCOUNT))).toBe('ImplicitDeny');
  expect(isPublicPolicy(policy)).toBe(false);
});
