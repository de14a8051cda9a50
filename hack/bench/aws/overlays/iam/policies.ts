/** What AWS refuses of a managed policy that moto takes. */
import { type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { childOf, element, itemsOf, parseXml, textAt, writeXml, type XmlElement } from '../../xml-tree.ts';
import { ask, listAll, refuse } from './ask.ts';

const caseless: Overlay = {
  service: 'iam',
  operation: 'CreatePolicy',
  source:
    'IAM API, CreatePolicy, PolicyName: unique in the account whatever its path, "not distinguished by case"',
  async before(call, bench) {
    const name = textField(call, 'PolicyName');
    const policies = await listAll(bench, call, 'Policies');
    if (!policies.some(one => textAt(one, 'PolicyName').toLowerCase() === name.toLowerCase()))
      return undefined;
    const message = `A policy called ${name} already exists. Duplicate names are not allowed.`;
    return refuse(call, bench, 'EntityAlreadyExistsException', message);
  },
};

const deletion: Overlay = {
  service: 'iam',
  operation: 'DeletePolicy',
  source:
    'IAM API, DeletePolicy: "you must first detach the policy from all users, groups, and roles" and delete all other versions; a boundary is in use too',
  async before(call, bench) {
    const arn = textField(call, 'PolicyArn');
    const policy = await ask(bench, call, 'GetPolicy', { PolicyArn: arn });
    if (policy === undefined) return undefined;
    const versions = itemsOf(await ask(bench, call, 'ListPolicyVersions', { PolicyArn: arn }), 'Versions');
    const message =
      textAt(policy, 'Policy', 'AttachmentCount') !== '0' || (await boundedBy(call, bench, arn)).length > 0
        ? 'Cannot delete a policy attached to entities.'
        : versions.length > 1
          ? "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
          : undefined;
    return message === undefined ? undefined : refuse(call, bench, 'DeleteConflictException', message);
  },
};

/** Roles whose boundary it is. */
async function boundedBy(call: Call, bench: BenchContext, arn: string): Promise<XmlElement[]> {
  const bounded: XmlElement[] = [];
  for (const role of await listAll(bench, call, 'Roles')) {
    const shown = await ask(bench, call, 'GetRole', { RoleName: textAt(role, 'RoleName') });
    if (textAt(shown, 'Role', 'PermissionsBoundary', 'PermissionsBoundaryArn') === arn) bounded.push(role);
  }
  return bounded;
}

const entities: Overlay = {
  service: 'iam',
  operation: 'ListEntitiesForPolicy',
  source: 'IAM API, ListEntitiesForPolicy, PolicyUsageFilter: PermissionsBoundary',
  async before(call, bench) {
    if (textField(call, 'PolicyUsageFilter') !== 'PermissionsBoundary') return undefined;
    const roles = await boundedBy(call, bench, textField(call, 'PolicyArn'));
    const members = roles.map(role =>
      element('member', [
        element('RoleName', textAt(role, 'RoleName')),
        element('RoleId', textAt(role, 'RoleId')),
      ]),
    );
    return bench.success(
      call,
      `${writeXml(element('PolicyRoles', members))}<IsTruncated>false</IsTruncated>`,
    );
  },
};

const encoded: Overlay = {
  service: 'iam',
  operation: ['GetPolicyVersion', 'ListPolicyVersions'],
  source: 'IAM API, PolicyVersion, Document: "URL-encoded compliant with RFC 3986"',
  after(_call, answer) {
    if (answer.status !== 200) return undefined;
    const root = parseXml(answer.body.toString('utf8'));
    encodeDocuments(root);
    // IAM names no order; moto's would hide who relies on it.
    childOf(childOf(root, 'ListPolicyVersionsResult'), 'Versions')?.children.reverse();
    return { ...answer, body: Buffer.from(writeXml(root), 'utf8') };
  },
};

function encodeDocuments(place: XmlElement): void {
  if (place.name === 'Document' && place.text.startsWith('{')) place.text = encodeURIComponent(place.text);
  for (const child of place.children) encodeDocuments(child);
}

export const policyOverlays: Overlay[] = [caseless, deletion, entities, encoded];
