import { z } from 'zod';
import { celMatches, rules } from './rules.ts';

// Amazon S3 User Guide, "General purpose bucket naming rules".
const shape = /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/;
const ipAddress = /^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$/;
const reserved = /^(xn--|sthree-|amzn-s3-demo-).*$|^.*(-s3alias|--ol-s3|[.]mrap|--x-s3|--table-s3|-an)$/;

const shapeRules = [
  {
    rule: celMatches('self', shape),
    message:
      'a bucket name has lower-case letters, digits, "-" and "." only, and begins and ends with a letter or digit',
  },
  { rule: "!self.contains('..')", message: 'a bucket name cannot have two dots in a row' },
  { rule: `!${celMatches('self', ipAddress)}`, message: 'a bucket name cannot look like an IP address' },
];

const Shape = z.string().min(3).max(63).regex(shape);

/** A name for a bucket that is made. */
export const BucketName = Shape.meta(
  rules(...shapeRules, {
    rule: `!${celMatches('self', reserved)}`,
    message:
      'S3 reserves names that begin with xn--, sthree- or amzn-s3-demo-, or end with -s3alias, --ol-s3, .mrap, --x-s3, --table-s3 or -an',
  }),
);
export type BucketName = z.infer<typeof BucketName>;

/** The name of a bucket that exists: it may be older than what S3 has reserved since. */
export const ExistingBucketName = Shape.meta(rules(...shapeRules));
