import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { coveredReporter } from './hack/vitest/covered.ts';
import { DearestFirst } from './hack/vitest/dearest-first.ts';

/** They change their process, or are large enough to begin with a clean one. */
const BY_THEMSELVES = [
  'test/**/*.test.ts',
  'hack/bench/*.test.ts',
  'hack/bench/kubernetes/**/*.test.ts',
  'hack/bench/aws/{moto,python-process}.test.ts',
  'hack/demo/**/*.test.ts',
  'src/**/*.integration.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'by themselves', include: BY_THEMSELVES } },
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'hack/**/*.test.ts'],
          exclude: BY_THEMSELVES,
          // What all of them load is loaded once.
          isolate: false,
        },
      },
    ],
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.vitest-cache/compile') },
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
