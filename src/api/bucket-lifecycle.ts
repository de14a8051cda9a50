import { z } from 'zod';
import { whole } from './fields.ts';
import { rules } from './rules.ts';

/** A hundred years: S3 takes more, people do not mean it. */
const longest = 36_500;

/** Both are given and not switched off. */
function both(a: string, b: string): string {
  return `has(self.${a}) && has(self.${b}) && self.${a} > 0 && self.${b} > 0`;
}

function after(later: string, earlier: string, days: number, message: string) {
  return { rule: `!(${both(later, earlier)}) || self.${later} >= self.${earlier} + ${days}`, message };
}

/** Amazon S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle" (constraints) and "Expiring objects". */
export const BucketLifecycle = z
  .object({
    nonCurrentToInfrequentAccessDays: whole(
      0,
      longest,
      'Days after which a replaced version moves to Standard-IA, 30 at least; 0: never. Default: 30, or never where a ' +
        'later step that is given leaves no room.',
    ).optional(),
    nonCurrentToGlacierDays: whole(
      0,
      longest,
      'Days after which a replaced version moves to Glacier Flexible Retrieval; 0: never. Default: 60, or 30 after ' +
        'nonCurrentToInfrequentAccessDays, or never where nonCurrentExpireDays leaves no room.',
    ).optional(),
    nonCurrentExpireDays: whole(
      0,
      longest,
      'Days after which a replaced version is deleted for good; 0: never. Default: 90, or 30 after the last move.',
    ).optional(),
    abortMultipartDays: whole(
      0,
      longest,
      'Days after which an unfinished multipart upload is aborted; 0: never. Default: 7.',
    ).optional(),
    expireDays: whole(
      0,
      longest,
      'Days after which an object is deleted (with versioning: becomes a replaced version); 0: never. Default: 0.',
    ).optional(),
  })
  .meta(
    rules(
      {
        rule: '!has(self.nonCurrentToInfrequentAccessDays) || self.nonCurrentToInfrequentAccessDays == 0 || self.nonCurrentToInfrequentAccessDays >= 30',
        message: 'nonCurrentToInfrequentAccessDays must be 30 or more, as S3 demands, or 0 for never',
      },
      after(
        'nonCurrentToGlacierDays',
        'nonCurrentToInfrequentAccessDays',
        30,
        'nonCurrentToGlacierDays must be at least 30 days after nonCurrentToInfrequentAccessDays, as S3 demands, or 0 for never',
      ),
      after(
        'nonCurrentExpireDays',
        'nonCurrentToInfrequentAccessDays',
        1,
        'nonCurrentExpireDays must be later than nonCurrentToInfrequentAccessDays, or set that to 0 for never',
      ),
      after(
        'nonCurrentExpireDays',
        'nonCurrentToGlacierDays',
        1,
        'nonCurrentExpireDays must be later than nonCurrentToGlacierDays, or set that to 0 for never',
      ),
    ),
  );
export type BucketLifecycle = z.infer<typeof BucketLifecycle>;
