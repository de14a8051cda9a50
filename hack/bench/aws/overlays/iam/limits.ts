/** How much IAM takes. Source: IAM user guide, "IAM and AWS STS quotas"; white space in documents does not count. */
import { type Answer, type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { itemsOf, textAt } from '../../xml-tree.ts';
import { ask } from './ask.ts';

const source = 'IAM user guide, "IAM and AWS STS quotas"';
const MANAGED = 6_144;
const INLINE = 10_240;
const TRUST = 2_048;
const POLICIES_PER_ROLE = 10;

function lengthOf(document: string): number {
  return document.replace(/\s/g, '').length;
}

function exceeded(call: Call, bench: BenchContext, quota: string): Answer {
  const message = `Cannot exceed quota for ${quota}`;
  return bench.error(call, { status: 409, code: 'LimitExceededException', message });
}

const trust: Overlay = {
  service: 'iam',
  operation: ['CreateRole', 'UpdateAssumeRolePolicy'],
  source: `${source}: role trust policy length 2,048 characters`,
  before(call, bench) {
    const document = textField(call, 'AssumeRolePolicyDocument') || textField(call, 'PolicyDocument');
    return lengthOf(document) > TRUST ? exceeded(call, bench, `ACLSizePerRole: ${TRUST}`) : undefined;
  },
};

const managed: Overlay = {
  service: 'iam',
  operation: ['CreatePolicy', 'CreatePolicyVersion'],
  source: `${source}: managed policies 6,144 characters`,
  before(call, bench) {
    const length = lengthOf(textField(call, 'PolicyDocument'));
    return length > MANAGED ? exceeded(call, bench, `PolicySize: ${MANAGED}`) : undefined;
  },
};

const inline: Overlay = {
  service: 'iam',
  operation: 'PutRolePolicy',
  source: `${source}: role policy size, all inline policies of a role together 10,240 characters`,
  async before(call, bench) {
    const RoleName = textField(call, 'RoleName');
    let length = lengthOf(textField(call, 'PolicyDocument'));
    for (const { text } of itemsOf(await ask(bench, call, 'ListRolePolicies', { RoleName }), 'PolicyNames')) {
      if (text === textField(call, 'PolicyName')) continue;
      const other = await ask(bench, call, 'GetRolePolicy', { RoleName, PolicyName: text });
      length += lengthOf(decodeURIComponent(textAt(other, 'PolicyDocument')));
    }
    if (length <= INLINE) return undefined;
    const message = `Maximum policy size of ${INLINE} bytes exceeded for role ${RoleName}`;
    return bench.error(call, { status: 409, code: 'LimitExceededException', message });
  },
};

const attachments: Overlay = {
  service: 'iam',
  operation: 'AttachRolePolicy',
  source: `${source}: managed policies attached to an IAM role, 10`,
  async before(call, bench) {
    const RoleName = textField(call, 'RoleName');
    const attached = itemsOf(
      await ask(bench, call, 'ListAttachedRolePolicies', { RoleName }),
      'AttachedPolicies',
    );
    const known = attached.some(one => textAt(one, 'PolicyArn') === textField(call, 'PolicyArn'));
    if (known || attached.length < POLICIES_PER_ROLE) return undefined;
    return exceeded(call, bench, `PoliciesPerRole: ${POLICIES_PER_ROLE}`);
  },
};

export const limitOverlays: Overlay[] = [trust, managed, inline, attachments];
