/** What IAM refuses in policy documents, how long they may be, and how they are sent. */
import { isObject } from '../../../policy/document.ts';
import { validate } from '../../../policy/validate.ts';
import { type Answer, type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { escapeXml, unescapeXml } from '../../xml.ts';
import { textAt } from '../../xml-tree.ts';
import { withBody } from '../questions.ts';
import { ask, listAll, refuse } from './ask.ts';

/** IAM user guide, "IAM and AWS STS quotas", character limits: white space does not count. */
const MANAGED_LIMIT = 6_144;
const INLINE_LIMIT = 10_240;
const TRUST_LIMIT = 2_048;

function lengthOf(document: string): number {
  return document.replace(/\s/g, '').length;
}

function tooLong(call: Call, bench: BenchContext, quota: string): Answer {
  return refuse(call, bench, 409, 'LimitExceeded', `Cannot exceed quota for ${quota}`);
}

const trust: Overlay = {
  service: 'iam',
  operation: ['CreateRole', 'UpdateAssumeRolePolicy'],
  source:
    'IAM API, CreateRole: MalformedPolicyDocument; IAM user guide, "AWS JSON policy elements: Principal": principals of an account must exist; "IAM and AWS STS quotas": role trust policy 2,048 characters',
  async before(call, bench) {
    const document = textField(call, 'AssumeRolePolicyDocument') || textField(call, 'PolicyDocument');
    const [problem] = validate(document, { kind: 'iam-role' });
    if (problem !== undefined) return refuse(call, bench, 400, 'MalformedPolicyDocument', problem);
    for (const arn of principalsIn(document, call.accountId)) {
      if (await exists(bench, call.accountId, arn)) continue;
      return refuse(
        call,
        bench,
        400,
        'MalformedPolicyDocument',
        `Invalid principal in policy: "AWS":"${arn}"`,
      );
    }
    return lengthOf(document) > TRUST_LIMIT
      ? tooLong(call, bench, `ACLSizePerRole: ${TRUST_LIMIT}`)
      : undefined;
  },
};

/** Roles and users of this account; what others have is not known here. */
function principalsIn(document: string, accountId: string): string[] {
  const parsed: unknown = JSON.parse(document);
  const statements = isObject(parsed) ? [parsed.Statement].flat().filter(isObject) : [];
  return statements
    .flatMap(({ Principal: principal }) => (isObject(principal) ? [principal.AWS].flat() : []))
    .filter(arn => typeof arn === 'string')
    .filter(arn => new RegExp(`^arn:aws[a-z-]*:iam::${accountId}:(role|user)/`).test(arn));
}

async function exists(bench: BenchContext, accountId: string, arn: string): Promise<boolean> {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const found = arn.includes(':role/')
    ? await ask(bench, accountId, 'GetRole', { RoleName: name })
    : await ask(bench, accountId, 'GetUser', { UserName: name });
  return found !== undefined && [textAt(found, 'Role', 'Arn'), textAt(found, 'User', 'Arn')].includes(arn);
}

const managed: Overlay = {
  service: 'iam',
  operation: ['CreatePolicy', 'CreatePolicyVersion'],
  source: 'IAM user guide, "IAM and AWS STS quotas": managed policies 6,144 characters',
  before(call, bench) {
    const long = lengthOf(textField(call, 'PolicyDocument')) > MANAGED_LIMIT;
    return long ? tooLong(call, bench, `PolicySize: ${MANAGED_LIMIT}`) : undefined;
  },
};

const inline: Overlay = {
  service: 'iam',
  operation: 'PutRolePolicy',
  source:
    'IAM user guide, "IAM and AWS STS quotas": role policy size, all inline policies together 10,240 characters',
  async before(call, bench) {
    const RoleName = textField(call, 'RoleName');
    let length = lengthOf(textField(call, 'PolicyDocument'));
    for (const name of await listAll(bench, call.accountId, 'ListRolePolicies', 'PolicyNames', {
      RoleName,
    })) {
      if (name.text === textField(call, 'PolicyName')) continue;
      const found = await ask(bench, call.accountId, 'GetRolePolicy', { RoleName, PolicyName: name.text });
      length += lengthOf(decodeURIComponent(textAt(found, 'PolicyDocument')));
    }
    if (length <= INLINE_LIMIT) return undefined;
    const message = `Maximum policy size of ${INLINE_LIMIT} bytes exceeded for role ${RoleName}`;
    return refuse(call, bench, 409, 'LimitExceeded', message);
  },
};

const encoded: Overlay = {
  service: 'iam',
  operation: ['GetPolicyVersion', 'CreateServiceLinkedRole'],
  source:
    'IAM API, GetPolicyVersion: "returned in plain text in JSON ... URL-encoded compliant with RFC 3986"',
  after(_call, answer) {
    if (answer.status !== 200) return undefined;
    const text = answer.body
      .toString('utf8')
      .replace(
        /(<(Document|AssumeRolePolicyDocument)>)(\s*\{[^<]*)(<\/\2>)/g,
        (_, open: string, __: string, document: string, close: string) =>
          `${open}${escapeXml(encodeURIComponent(unescapeXml(document)))}${close}`,
      );
    return withBody(answer, text);
  },
};

export const documentOverlays: Overlay[] = [trust, managed, inline, encoded];
