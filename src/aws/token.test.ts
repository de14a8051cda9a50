import { expect, test } from 'vitest';
import type { Identity } from '../engine/adaptor.ts';
import { clientToken } from './token.ts';

const owner = {
  installation: 'i',
  cluster: 'c',
  environment: 'e',
  kind: 'OptaEnvironment',
  namespace: '',
  name: 'n',
  uid: 'uid-1',
};
const identity: Identity = {
  owner,
  node: 'nat/euc1-az1',
  epoch: 1,
  name: undefined,
  id: undefined,
  arn: undefined,
};

test('it is the same for the same node and epoch, whatever else is known of it', () => {
  const known = { ...identity, id: 'nat-0a', name: 'x', owner: { ...owner, cluster: 'other' } };
  expect(clientToken(known)).toBe(clientToken(identity));
  expect(clientToken(identity)).toMatch(/^[a-z2-7]{32}$/);
});

test.each([
  ['epoch', { ...identity, epoch: 2 }],
  ['node', { ...identity, node: 'nat/euc1-az2' }],
  ['object', { ...identity, owner: { ...owner, uid: 'uid-2' } }],
])('another %s has another one', (_, other) => {
  expect(clientToken(other)).not.toBe(clientToken(identity));
  expect(clientToken(identity, 'v1')).not.toBe(clientToken(identity));
});
