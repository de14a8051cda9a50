/** Ends with Ctrl-C, `kill`, and the terminal that is closed. */
export function endingSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => ending.abort());
  // Nobody may be left to read what is written; the clean-up must not break off at that.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  return ending.signal;
}
