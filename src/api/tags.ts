import { z } from 'zod';
import { celMatches, rules } from './rules.ts';

// AWS General Reference, "Tag naming limits and requirements": letters, spaces and numbers of any language and
// + - = . _ : / @; 256 characters for a value, 50 tags. Twelve are the operator's own, and the key of a Queue that was kept has
// them all: nine of ownership, `attempt`, `Name` and `retained`.
export const MOST_USER_TAGS = 38;
// Amazon EC2 API Reference, Tag; other services take 128.
const LONGEST_KEY = 127;
const keyCharacters = /^[\p{L}\p{N} _.:/=+@-]+$/u;
const valueCharacters = /^[\p{L}\p{N} _.:/=+@-]*$/u;
// Amazon EKS API Reference, TagResource: no key and no value begins with aws:; Amazon RDS API Reference, Tag: nor with rds:.
const ofAws = /^(aws|rds):/i;
const reserved = /^(opta[.]dev\/|kubernetes[.]io\/|aws:|rds:)/i;

const Key = z
  .string()
  .min(1)
  .max(LONGEST_KEY)
  .regex(keyCharacters)
  .refine(key => !reserved.test(key));

const Value = z
  .string()
  .max(256)
  .regex(valueCharacters)
  .refine(value => !ofAws.test(value))
  .meta(
    rules(
      {
        rule: celMatches('self', valueCharacters),
        message: 'a tag value can have letters, digits, spaces and + - = . _ : / @ only',
      },
      {
        rule: `!${celMatches('self', ofAws)}`,
        message: 'tag values that begin with aws: or rds: are reserved by AWS: choose another value',
      },
    ),
  );

/** The user's tags, as every kind takes them. */
export const Tags = z
  .record(Key, Value)
  .meta({ maxProperties: MOST_USER_TAGS })
  .meta(
    rules(
      {
        rule: `self.all(key, size(key) >= 1 && size(key) <= ${LONGEST_KEY})`,
        message: `a tag key has 1 to ${LONGEST_KEY} characters`,
      },
      {
        rule: `self.all(key, ${celMatches('key', keyCharacters)})`,
        message: 'a tag key can have letters, digits, spaces and + - = . _ : / @ only',
      },
      {
        rule: `self.all(key, !${celMatches('key', reserved)})`,
        message:
          'tag keys that begin with opta.dev/, kubernetes.io/, aws: or rds: are reserved: choose another key',
      },
      {
        // AWS IAM User Guide, "Rules for tagging in IAM and AWS STS": keys are the same whatever their case.
        rule: 'self.all(key, self.exists_one(other, other.lowerAscii() == key.lowerAscii()))',
        message: 'tag keys that differ only in upper and lower case are one to IAM: keep one of them',
      },
    ),
  );
export type Tags = z.infer<typeof Tags>;
