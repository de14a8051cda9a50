import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { coveredReporter } from './hack/vitest/covered.ts';
import { DearestFirst } from './hack/vitest/dearest-first.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'hack/**/*.test.ts', 'test/**/*.test.ts'],
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
