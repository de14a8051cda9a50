import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = await startTestBench();
});
afterAll(() => bench.stop());

type Tags = { Key: string; Value: string }[];
let serial = 0;
const PolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }],
});

const CREATES: Record<string, (tags: Tags) => Promise<unknown>> = {
  ec2: Tags =>
    new EC2Client(bench.clientConfig('111122223333')).send(
      new CreateVpcCommand({
        CidrBlock: '10.0.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags }],
      }),
    ),
  kms: tags =>
    new KMSClient(bench.clientConfig('111122223333')).send(
      new CreateKeyCommand({ Tags: tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })) }),
    ),
  sns: Tags =>
    new SNSClient(bench.clientConfig('111122223333')).send(
      new CreateTopicCommand({ Name: `tags-${serial++}`, Tags }),
    ),
  iam: Tags =>
    new IAMClient(bench.clientConfig('111122223333')).send(
      new CreatePolicyCommand({ PolicyName: `tags-${serial++}`, PolicyDocument, Tags }),
    ),
};

test.each([
  ['ec2', 'TagLimitExceeded', 'InvalidParameterValue'],
  ['kms', 'LimitExceededException', 'TagException'],
  ['sns', 'TagLimitExceededException', 'InvalidParameterException'],
  ['iam', 'LimitExceededException', 'InvalidInputException'],
])('%s: 51 tags are %s, a key of AWS is %s', async (service, tooMany, reserved) => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `k${at}`, Value: 'v' }));
  const create = async (tags: Tags) => CREATES[service]?.(tags);
  await create(many(50));
  await expect(create(many(51))).rejects.toMatchObject({ name: tooMany });
  await expect(create([{ Key: 'aws:mine', Value: 'v' }])).rejects.toMatchObject({ name: reserved });
});
