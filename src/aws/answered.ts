import { CloudError } from '../engine/errors.ts';

/**
 * What the answer to a create must hold. An answer without it tells nothing of what was done: the next look does.
 * `call`: the service and its operation; `what`: in words, with its article.
 */
export function answered<T>(value: T | undefined, call: string, what: string): T {
  if (value === undefined || value === '')
    throw new CloudError('Unknown', `${call} answered without ${what}`);
  return value;
}
