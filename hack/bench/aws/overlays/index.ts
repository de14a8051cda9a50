import type { Overlay } from '../overlay.ts';
import { acmOverlays } from './acm/index.ts';
import { ec2Overlays } from './ec2/index.ts';
import { elbOverlays } from './elb/index.ts';
import { iamOverlays } from './iam/index.ts';
import { kmsOverlays } from './kms.ts';
import { logsOverlays } from './logs.ts';
import { ownPolicyOverlays } from './own-policies.ts';
import { route53Overlays } from './route53/index.ts';
import { s3Overlays } from './s3.ts';
import { snsOverlays } from './sns.ts';
import { sqsOverlays } from './sqs.ts';
import { stsOverlays } from './sts.ts';
import { subnetGroupOverlays } from './subnet-groups/index.ts';
import { tagLimitOverlays } from './tag-limits.ts';
import { taggedOverlays } from './tagged.ts';

export { forgetRoles, registerRole } from './roles.ts';

/** Everything that the emulators get wrong where an operator can tell, in the order to be run in. */
export function defaultOverlays(): Overlay[] {
  return [
    ...stsOverlays,
    ...ownPolicyOverlays,
    ...tagLimitOverlays,
    ...s3Overlays,
    ...sqsOverlays,
    ...snsOverlays,
    ...kmsOverlays,
    ...logsOverlays,
    ...route53Overlays,
    ...acmOverlays,
    ...subnetGroupOverlays,
    ...ec2Overlays,
    ...elbOverlays,
    ...iamOverlays,
    ...taggedOverlays,
  ];
}
