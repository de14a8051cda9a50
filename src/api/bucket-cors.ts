import { z } from 'zod';
import { setOf, text, whole } from './fields.ts';

const Origin = text(
  {
    pattern: /^[^*\s]*([*][^*\s]*)?$/,
    says: 'an origin is like https://shop.example.com, with one * at most',
    max: 256,
  },
  'Origin.',
);

const RequestHeader = text(
  {
    pattern: /^[A-Za-z0-9!#$%&+.^_`|~-]*([*][A-Za-z0-9!#$%&+.^_`|~-]*)?$/,
    says: 'a header name has letters, digits and "-", with one * at most',
    max: 128,
  },
  'Header.',
);

const ResponseHeader = text(
  {
    pattern: /^[A-Za-z0-9!#$%&+.^_`|~-]+$/,
    says: 'a header name has letters, digits and "-"; S3 takes no * here',
    max: 128,
  },
  'Header.',
);

/** Amazon S3 User Guide, "Elements of a CORS configuration". */
export const BucketCorsRule = z.object({
  allowedOrigins: setOf(Origin, 1, 20, 'Origins of web pages that may use the bucket, with one * at most.'),
  allowedMethods: setOf(
    z.enum(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']),
    1,
    5,
    'HTTP methods that such a page may use: GET, PUT, POST, DELETE, HEAD.',
  ),
  allowedHeaders: setOf(RequestHeader, 0, 20, 'Headers that such a page may send. Default: none.').optional(),
  exposeHeaders: setOf(ResponseHeader, 0, 20, 'Headers that such a page may read. Default: none.').optional(),
  maxAgeSeconds: whole(
    0,
    86_400,
    "How long a browser remembers the answer to its preflight request. Default: the browser's own.",
  ).optional(),
});
export type BucketCorsRule = z.infer<typeof BucketCorsRule>;
