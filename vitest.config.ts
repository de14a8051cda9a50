import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { coveredReporter } from './hack/vitest/covered.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'hack/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['hack/vitest/prepare.ts'],
    // Processes, because tests send signals and set PATH. Each may hold a control plane of 500 MB.
    pool: 'forks',
    maxWorkers: Math.min(4, Math.max(2, Math.floor(availableParallelism() / 2))),
    testTimeout: 300_000,
    hookTimeout: 300_000,
    silent: 'passed-only',
    slowTestThreshold: 5_000,
    reporters: [coveredReporter(import.meta.dirname), 'default'],
  },
});
