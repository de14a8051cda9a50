/** Who has no cluster needs none of the rights of its policy, from the first call to the last. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { environment } from '../support/manifests.ts';
import { SMALL_NETWORK } from '../support/small.ts';
import { areReady, openStage, type Stage } from '../support/stage.ts';

const POLICIES = join(import.meta.dirname, '../../deploy/aws');
const ALWAYS = 'messaging-and-storage.json';
const NETWORK_AND_DOMAIN = 'network-and-domain.json';

interface Statement {
  readonly Action: string | readonly string[];
}

function granted(files: readonly string[]): ReadonlySet<string> {
  const statements = files.flatMap((file): readonly Statement[] =>
    Reflect.get(JSON.parse(readFileSync(join(POLICIES, file), 'utf8')), 'Statement'),
  );
  return new Set(statements.flatMap(({ Action }) => Action));
}

/** Actions of S3 are not named as its operations are. "No permissions are required": STS API, GetCallerIdentity. */
function isByRight({ service, operation }: { service: string; operation: string }): boolean {
  return service !== 's3' && operation !== 'GetCallerIdentity';
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
beforeEach(() => stage.clear());

const flowLogs = { mode: 'Enabled' };
const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
test.each<[string, object, readonly string[]]>([
  ['nothing but its key and logs', {}, [ALWAYS]],
  [
    'a domain',
    { dns: { domain: 'dev.example.com', certificate: false, delegationCheck: 'Skip' } },
    [ALWAYS, NETWORK_AND_DOMAIN],
  ],
  [
    'a network',
    { network: { ...SMALL_NETWORK, flowLogs, gatewayEndpoints: ['s3'] } },
    [ALWAYS, NETWORK_AND_DOMAIN],
  ],
])(
  'an environment with %s is made and deleted by the policies that the README names for it',
  async (_, spec, files) => {
    const mark = stage.mark();
    const dev = environment({ encryption, ...spec });
    await stage.cluster.apply(dev);
    const acting = await stage.operator();
    await acting.until(areReady(dev));
    await acting.driftPasses(1);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    const may = granted(files);
    const calls = stage.world.bench.gateway.journalSince(mark).filter(call => call.observer !== true);
    const names = calls
      .filter(isByRight)
      .map(call => `${call.service}:${call.operation}`.replace('tagging:', 'tag:'));
    expect(names.length).toBeGreaterThan(10);
    expect(new Set(names.filter(name => !may.has(name)))).toEqual(new Set());
  },
);
