import { expect, test } from 'vitest';
import { type Blocker, CloudError } from '../../engine/errors.ts';
import { namingBlockers } from './blockers.ts';

function interfaces(count: number): readonly Blocker[] {
  return Array.from({ length: count }, (_, at) => ({
    resource: `network interface eni-${String(at).padStart(5, '0')}`,
    reason: 'in use',
  }));
}

async function naming(blockers: readonly Blocker[]): Promise<unknown> {
  const refused = new CloudError('Blocked', 'vpc-1 has dependencies.', { code: 'DependencyViolation' });
  return namingBlockers(Promise.reject(refused), async () => blockers.toReversed()).catch(error => error);
}

test('a few of very many blockers are named in the message, and all of them in the error', async () => {
  const all = interfaces(6_000);
  const eni = (at: number) => `network interface eni-0000${at} (in use)`;
  expect(await naming(all)).toMatchObject({
    message: `vpc-1 has dependencies. It is used by ${[0, 1, 2, 3, 4].map(eni).join(', ')} and 5995 more`,
    code: 'DependencyViolation',
    blockers: all,
  });
});

test('as few as there is room for are all named', async () => {
  expect(await naming(interfaces(5))).toMatchObject({
    message: expect.stringMatching(/eni-00004 \(in use\)$/),
  });
});
