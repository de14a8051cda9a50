import { z } from 'zod';
import { text } from './fields.ts';

/** Of every kind that can. */
export const ADOPTION =
  'Its plan waits for approval, and nothing is ever replaced. It stays written: an object that has its own cannot adopt ' +
  'another, and one that has adopted what bears another name than its own would cannot leave this out. Left out where the name ' +
  'is its own, deletionPolicy is Delete again unless it is written. Default: none.';

/** An existing AWS resource to take into care, by name. */
export function Adopt(noun: string, max: number, pattern: RegExp) {
  const name = text(
    { pattern, says: `must be the name of a ${noun} in AWS, not its ARN or URL`, max },
    `Name of the ${noun} in AWS. Default: the name that the operator would give it, as after Retain.`,
  );
  return z
    .object({ name: name.optional() })
    .describe(
      `Takes an existing ${noun} into care instead of making one; the environment's grants.adopt must list it. Statements of ` +
        `others in its policy go. ${ADOPTION}`,
    );
}
