import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const LOADED = `
import { createRequire } from 'node:module';
const services = () => [...new Set(Object.keys(createRequire(import.meta.url).cache)
  .flatMap(path => /@aws-sdk.client-([a-z0-9-]+)/.exec(path)?.[1] ?? []))].sort();
await import('./src/operator/operator.ts');
await import('./src/kinds/all.ts');
const atStart = services();
const { loadAdaptors } = await import('./src/aws/adaptors.ts');
await loadAdaptors(['sqs/queue', 's3/bucket', 'iam/policy']);
const withQueues = services();
await loadAdaptors(['ec2/vpc']);
console.log(JSON.stringify({ atStart, withQueues, withNetwork: services() }));
`;

test('the clients of a network and a cluster are loaded when a type of theirs is needed, not before', async () => {
  const args = ['--input-type=module', '--eval', LOADED];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { atStart, withQueues, withNetwork } = JSON.parse(stdout);
  expect(atStart).toEqual(['iam', 'kms', 'resource-groups-tagging-api', 's3', 'sns', 'sqs', 'sts']);
  expect(withQueues).toEqual(atStart);
  expect(withNetwork).toEqual(expect.arrayContaining(['ec2', 'eks', 'route-53']));
});
