import { z } from 'zod';
import { celMatches, rules } from './rules.ts';

// AWS General Reference, "Tag naming limits and requirements": letters, spaces and numbers of any language and
// + - = . _ : / @; 128 characters for a key, 256 for a value, 50 tags, ten of which are the operator's own.
const keyCharacters = /^[\p{L}\p{N} _.:/=+@-]+$/u;
const valueCharacters = /^[\p{L}\p{N} _.:/=+@-]*$/u;
const reserved = '(?i)^(opta[.]dev/|aws:|kubernetes[.]io/)';

const Key = z
  .string()
  .min(1)
  .max(128)
  .regex(keyCharacters)
  .regex(/^(?!opta\.dev\/|aws:|kubernetes\.io\/)/i);

const Value = z
  .string()
  .max(256)
  .regex(valueCharacters)
  .meta(
    rules({
      rule: celMatches('self', valueCharacters),
      message: 'a tag value can have letters, digits, spaces and + - = . _ : / @ only',
    }),
  );

/** The user's tags, as every kind takes them. */
export const Tags = z
  .record(Key, Value)
  .meta({ maxProperties: 40 })
  .meta(
    rules(
      {
        rule: 'self.all(key, size(key) >= 1 && size(key) <= 128)',
        message: 'a tag key has 1 to 128 characters',
      },
      {
        rule: `self.all(key, ${celMatches('key', keyCharacters)})`,
        message: 'a tag key can have letters, digits, spaces and + - = . _ : / @ only',
      },
      {
        rule: `self.all(key, !key.matches('${reserved}'))`,
        message:
          'tag keys that begin with opta.dev/, aws: or kubernetes.io/ are reserved: choose another key',
      },
    ),
  );
export type Tags = z.infer<typeof Tags>;
