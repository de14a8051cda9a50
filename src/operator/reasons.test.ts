import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Reason } from './reasons.ts';

test('the health check of Argo CD in the README asks for reasons that there are', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const asked = [...readme.matchAll(/\.reason == "(\w+)"/g)].map(([, reason]) => reason);
  expect(asked).toEqual(['ApprovalRequired', 'Paused'] satisfies Reason[]);
});
