/** All roles and policies of an account at once: what moto leaves out of it, and its pages. */
import type { Overlay } from '../../overlay.ts';
import { textField } from '../../overlay.ts';
import { childOf, element, parseXml, putChild, textAt, writeXml, type XmlElement } from '../../xml-tree.ts';

const OPERATION = 'GetAccountAuthorizationDetails';
const LISTS = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'];

const details: Overlay = {
  service: 'iam',
  operation: OPERATION,
  source:
    'IAM API, GetAccountAuthorizationDetails: "policies returned by this operation are URL-encoded compliant with RFC 3986", MaxItems (100 by default) and Marker; ManagedPolicyDetail: PolicyName',
  after(call, answer) {
    if (answer.status !== 200) return undefined;
    const root = parseXml(answer.body.toString('utf8'));
    const result = childOf(root, `${OPERATION}Result`);
    if (result === undefined) return undefined;
    encodeDocuments(result);
    for (const policy of childOf(result, 'Policies')?.children ?? []) {
      const arn = textAt(policy, 'Arn');
      putChild(policy, element('PolicyName', arn.slice(arn.lastIndexOf('/') + 1)));
      // IAM names no order; moto's would hide who relies on it.
      childOf(policy, 'PolicyVersionList')?.children.reverse();
    }
    const from = Number(textField(call, 'Marker') || 0);
    cut(result, from, from + Number(textField(call, 'MaxItems') || 100));
    return { ...answer, body: Buffer.from(writeXml(root), 'utf8') };
  },
};

function encodeDocuments(place: XmlElement): void {
  if (place.name.endsWith('Document') && place.text.startsWith('{'))
    place.text = encodeURIComponent(place.text);
  for (const child of place.children) encodeDocuments(child);
}

/** One row of items over all lists. */
function cut(result: XmlElement, from: number, to: number): void {
  let passed = 0;
  for (const name of LISTS) {
    const list = childOf(result, name);
    if (list === undefined) continue;
    const all = list.children;
    list.children = all.slice(Math.max(0, from - passed), Math.max(0, to - passed));
    passed += all.length;
  }
  if (to >= passed) return;
  putChild(result, element('IsTruncated', 'true'));
  putChild(result, element('Marker', String(to)));
}

export const accountDetailOverlays: Overlay[] = [details];
