import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { coveredReporter } from './hack/vitest/covered.ts';
import { DearestFirst } from './hack/vitest/dearest-first.ts';

/** They change their process, or have a control plane of their own. */
const BY_THEMSELVES = [
  'test/faults/kills/*.test.ts',
  'test/faults/outages/{api-server,missing-kind}.test.ts',
  'test/security/process.test.ts',
  'hack/bench/*.test.ts',
  'hack/bench/kubernetes/**/*.test.ts',
  'hack/bench/aws/{moto,python-process}.test.ts',
  'hack/demo/**/*.test.ts',
  'src/**/*.integration.test.ts',
];
/** They have a cluster and an emulated AWS that the file before them in the same process had. */
const IN_TURN = ['test/**/*.test.ts'];

/**
 * What the SDK takes anyway ("AWS SDKs and Tools Reference Guide", settings). Left out, each new client looks for it in the
 * environment and in files, by errors with their stacks, and an operator that begins anew has new clients.
 */
const AWS_DEFAULTS = {
  AWS_AUTH_SCHEME_PREFERENCE: 'sigv4',
  AWS_DEFAULTS_MODE: 'legacy',
  AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'false',
  AWS_RETRY_MODE: 'standard',
  AWS_SDK_UA_APP_ID: 'opta-operator-tests',
  AWS_USE_DUALSTACK_ENDPOINT: 'false',
  AWS_USE_FIPS_ENDPOINT: 'false',
};

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'in turn', include: IN_TURN, exclude: BY_THEMSELVES, isolate: false } },
      { extends: true, test: { name: 'by themselves', include: BY_THEMSELVES } },
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'hack/**/*.test.ts'],
          exclude: [...BY_THEMSELVES, ...IN_TURN],
          // What all of them load is loaded once.
          isolate: false,
        },
      },
    ],
    env: {
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.vitest-cache/compile'),
      ...AWS_DEFAULTS,
    },
    globalSetup: ['hack/vitest/prepare.ts'],
    // Processes, because tests send signals and set PATH. Each may hold a control plane of 500 MB. One more than there are
    // cores: some wait for real time, as leaders do for a lease.
    pool: 'forks',
    maxWorkers: Math.min(4, availableParallelism() + 1),
    sequence: { sequencer: DearestFirst },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What is polled for comes in its own time; a busy machine is no failure.
    expect: { poll: { timeout: 60_000 } },
    silent: 'passed-only',
    slowTestThreshold: 5_000,
    reporters: [coveredReporter(import.meta.dirname), 'default'],
  },
});
