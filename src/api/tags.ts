import { z } from 'zod';
import { celMatches, rules } from './rules.ts';

// AWS General Reference, "Tag naming limits and requirements": letters, spaces and numbers of any language and
// + - = . _ : / @; 128 characters for a key, 256 for a value, 50 tags. Twelve are the operator's own: ten of ownership, `Name`,
// and the one of what is kept on purpose.
export const MOST_USER_TAGS = 38;
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
  .meta({ maxProperties: MOST_USER_TAGS })
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
      {
        // AWS IAM User Guide, "Rules for tagging in IAM and AWS STS": keys are the same whatever their case.
        rule: 'self.all(key, self.exists_one(other, other.lowerAscii() == key.lowerAscii()))',
        message: 'tag keys that differ only in upper and lower case are one to IAM: keep one of them',
      },
    ),
  );
export type Tags = z.infer<typeof Tags>;
