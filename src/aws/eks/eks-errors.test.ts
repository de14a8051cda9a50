import { expect, test } from 'vitest';
import { systemClock } from '../../engine/clock.ts';
import { asCloudError } from '../../engine/errors.ts';
import { classify } from '../errors.ts';
import { createPatience } from '../patience.ts';
import { issuesText, whenVisible } from './eks-errors.ts';

const ROLE = 'arn:aws:iam::111111111111:role/x';
const UNASSUMED = `Role with arn ${ROLE} could not be assumed because it does not exist or the trusted entity is not correct`;

function refusal(name: string, message: string) {
  return classify('EKS', 'UpdateClusterVersion', {
    name,
    message,
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
  });
}

test.each(['InvalidParameterException', 'InvalidRequestException'])(
  'a role that EKS cannot take yet is waited for, and not for ever: %s',
  async code => {
    let now = 0;
    const scope = { patience: createPatience({ ...systemClock, monotonic: () => now }) };
    const attempt = async () =>
      asCloudError(
        await whenVisible(scope, 'cluster x', Promise.reject(refusal(code, UNASSUMED))).catch(asCloudError),
      );
    expect(await attempt()).toMatchObject({ class: 'NotYet', code, retryAfterMs: 10_000 });
    now += 5 * 60_000;
    expect(await attempt()).toMatchObject({ class: 'Invalid', code });
  },
);

test.each([
  'Access denied to KMS key arn:aws:kms:eu-west-1:1:key/x due to explicit deny policy or revoked grant',
  'The keyArn in encryptionConfig provider arn:aws:kms:eu-west-1:1:key/x is invalid',
])('a key that EKS cannot take yet is waited for: %s', async text => {
  const scope = { patience: createPatience(systemClock) };
  await expect(
    whenVisible(scope, 'x', Promise.reject(refusal('InvalidParameterException', text))),
  ).rejects.toMatchObject({ class: 'NotYet' });
});

test('what is refused for its state, or for a missing right, is not taken for one that is not visible', async () => {
  const scope = { patience: createPatience(systemClock) };
  for (const [text, errorClass] of [
    ["Cluster 'x' is not in ACTIVE status", 'Busy'],
    ['User not authorized to perform kms:CreateGrant operation', 'Denied'],
    ['Association a-1 does not exist in this state', 'Unknown'],
  ] as const)
    await expect(
      whenVisible(scope, 'x', Promise.reject(refusal('InvalidRequestException', text))),
    ).rejects.toMatchObject({ class: errorClass });
});

test('an issue is told without what only AWS can read', () => {
  const message = 'You are not authorized to launch. Encoded authorization failure message: aZ09-_x';
  expect(issuesText([{ code: 'AccessDenied', message, resourceIds: ['asg-1'] }])).toBe(
    'AccessDenied: You are not authorized to launch. (asg-1)',
  );
});
