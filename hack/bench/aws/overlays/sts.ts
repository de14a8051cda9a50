import { evaluate } from '../../policy/evaluate.ts';
import type { Overlay } from '../overlay.ts';
import { textField } from '../overlay.ts';
import { anyIdentity } from './key-use.ts';
import { callerOf } from './questions.ts';
import { trustPolicyOf, trustsEverybody } from './roles.ts';

const judgeTrust: Overlay = {
  service: 'sts',
  operation: 'AssumeRole',
  source: 'IAM user guide, "Access to AWS accounts owned by third parties"; STS API, AssumeRole',
  before(call, bench) {
    if (trustsEverybody(bench)) return undefined;
    const arn = textField(call, 'RoleArn');
    const externalId = textField(call, 'ExternalId');
    const trustPolicy = trustPolicyOf(bench, arn);
    const principal = callerOf(call);
    const allowed =
      trustPolicy !== undefined &&
      evaluate({
        kind: 'iam-role',
        policies: [anyIdentity],
        resourcePolicy: trustPolicy,
        request: {
          principal,
          action: 'sts:AssumeRole',
          resource: arn,
          context: {
            'sts:RoleSessionName': textField(call, 'RoleSessionName'),
            ...(externalId && { 'sts:ExternalId': externalId }),
          },
        },
      }).decision === 'Allow';
    if (allowed) return undefined;
    // AWS does not tell a role that is not there from one that does not trust the caller.
    const message = `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
    return bench.error(call, { status: 403, code: 'AccessDenied', message });
  },
};

export const stsOverlays: Overlay[] = [judgeTrust];
