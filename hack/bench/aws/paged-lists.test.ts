import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isPaged } from './paged-lists.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const IMPORT = /import \{([^}]*)\} from '@aws-sdk\/(client-[\w-]+)'/g;

/** Signing names as in the routing table, where the package is named otherwise. */
const SERVICE_OF: Readonly<Record<string, string>> = {
  'elastic-load-balancing': 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'cloudwatch-logs': 'logs',
  'route-53': 'route53',
  'resource-groups-tagging-api': 'tagging',
};

/** Operations that the operator's code imports from a package of the SDK that has a paginator for them. */
async function pagedInSource(): Promise<{ service: string; operation: string }[]> {
  const found = new Map<string, { service: string; operation: string }>();
  for (const file of globSync('src/**/*.ts', { cwd: ROOT })) {
    if (file.endsWith('.test.ts')) continue;
    for (const [, names = '', client = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const sdk: Record<string, unknown> = await import(`@aws-sdk/${client}`);
      for (const name of names.split(',')) {
        const operation = /^\s*(\w+)Command(\s+as\s+\w+)?\s*$/.exec(name)?.[1];
        if (operation === undefined || sdk[`paginate${operation}`] === undefined) continue;
        const short = client.replace('client-', '');
        const service = SERVICE_OF[short] ?? short;
        found.set(`${service} ${operation}`, { service, operation });
      }
    }
  }
  return [...found.values()];
}

test('every list that the operator reads and AWS answers in pages can be cut small', async () => {
  const paged = await pagedInSource();
  expect(paged.length).toBeGreaterThan(30);
  const uncut = paged.filter(one => !isPaged(one)).map(({ service, operation }) => `${service} ${operation}`);
  expect(uncut).toEqual([]);
});
