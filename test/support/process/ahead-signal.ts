/** How a test moves the time of a process on: each signal by so many ms, less than any request waits for its answer. */
export const AHEAD = { signal: 'SIGUSR2', ms: 5_000, variable: 'OPTA_TEST_AHEAD_MS' } as const;
