import { CreateTagsCommand, CreateVpcCommand, DeleteTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  ListRoleTagsCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  KMSClient,
  TagResourceCommand as TagKeyCommand,
  UntagResourceCommand as UntagKeyCommand,
} from '@aws-sdk/client-kms';
import {
  CreateTopicCommand,
  SNSClient,
  TagResourceCommand as TagTopicCommand,
  UntagResourceCommand as UntagTopicCommand,
} from '@aws-sdk/client-sns';
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

interface Made {
  readonly tag: (tags: Tags) => Promise<unknown>;
  readonly untag: (...keys: string[]) => Promise<unknown>;
}

const CREATES: Record<string, (tags: Tags) => Promise<Made>> = {
  async ec2(Tags) {
    const ec2 = new EC2Client(bench.clientConfig('111122223333'));
    const TagSpecifications = [{ ResourceType: 'vpc', Tags }] as const;
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications: [...TagSpecifications] }),
    );
    const Resources = [Vpc?.VpcId ?? ''];
    return {
      tag: more => ec2.send(new CreateTagsCommand({ Resources, Tags: more })),
      untag: (...keys) => ec2.send(new DeleteTagsCommand({ Resources, Tags: keys.map(Key => ({ Key })) })),
    };
  },
  async kms(tags) {
    const kms = new KMSClient(bench.clientConfig('111122223333'));
    const named = (all: Tags) => all.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags: named(tags) }));
    const KeyId = KeyMetadata?.KeyId;
    return {
      tag: more => kms.send(new TagKeyCommand({ KeyId, Tags: named(more) })),
      untag: (...TagKeys) => kms.send(new UntagKeyCommand({ KeyId, TagKeys })),
    };
  },
  async sns(Tags) {
    const sns = new SNSClient(bench.clientConfig('111122223333'));
    const { TopicArn: ResourceArn } = await sns.send(
      new CreateTopicCommand({ Name: `tags-${serial++}`, Tags }),
    );
    return {
      tag: more => sns.send(new TagTopicCommand({ ResourceArn, Tags: more })),
      untag: (...TagKeys) => sns.send(new UntagTopicCommand({ ResourceArn, TagKeys })),
    };
  },
  async iam(Tags) {
    const iam = new IAMClient(bench.clientConfig('111122223333'));
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: `tags-${serial++}`, PolicyDocument, Tags }),
    );
    const PolicyArn = Policy?.Arn;
    return {
      tag: more => iam.send(new TagPolicyCommand({ PolicyArn, Tags: more })),
      untag: (...TagKeys) => iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys })),
    };
  },
};

test.each([
  ['ec2', 'TagLimitExceeded', 'InvalidParameterValue'],
  ['kms', 'LimitExceededException', 'TagException'],
  ['sns', 'TagLimitExceededException', 'InvalidParameterException'],
  ['iam', 'LimitExceededException', 'InvalidInputException'],
])(
  '%s: 51 tags are %s, those of before counted, and a key of AWS is %s',
  async (service, tooMany, reserved) => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `k${at}`, Value: 'v' }));
    const create = async (tags: Tags) => CREATES[service]?.(tags);
    const made = await create(many(50));
    await expect(create(many(51))).rejects.toMatchObject({ name: tooMany });
    await expect(create([{ Key: 'aws:mine', Value: 'v' }])).rejects.toMatchObject({ name: reserved });

    const another = [{ Key: 'another', Value: 'v' }];
    await made?.tag([{ Key: 'k0', Value: 'changed' }]);
    await expect(made?.tag(another)).rejects.toMatchObject({ name: tooMany });
    await made?.untag('k0');
    await made?.tag(another);
  },
);

/** IAM user guide, "Rules for tagging in IAM and AWS STS": keys are not case sensitive, but case is preserved. */
test('iam: a key is taken away by any spelling of it', async () => {
  const iam = new IAMClient(bench.clientConfig('111122223333'));
  const RoleName = `tags-${serial++}`;
  const Principal = { Service: 'ec2.amazonaws.com' };
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  };
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      Tags: [{ Key: 'Team', Value: 'red' }],
    }),
  );
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value: 'blue' }] }));
  const told = async () => (await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags;
  expect(await told()).toEqual([{ Key: 'team', Value: 'blue' }]);
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['Team'] }));
  expect(await told()).toEqual([]);
});
