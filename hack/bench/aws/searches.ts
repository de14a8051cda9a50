/** Lists in which what was just made may not be shown yet. */

import { EC2_LISTS, withoutItems } from './ec2-lists.ts';
import { isRecord } from './input.ts';
import type { Answer, Call } from './overlay.ts';
import { parseXml, textAt, writeXml, type XmlElement } from './xml-tree.ts';

interface Search {
  /** Name of the list; in XML of the element around the items. */
  items: string;
  id: string;
}

const SEARCHES: Readonly<Record<string, readonly Search[]>> = {
  'logs DescribeLogGroups': [{ items: 'logGroups', id: 'logGroupName' }],
  'acm ListCertificates': [{ items: 'CertificateSummaryList', id: 'CertificateArn' }],
  'kms ListAliases': [{ items: 'Aliases', id: 'AliasName' }],
  'iam GetAccountAuthorizationDetails': [
    { items: 'RoleDetailList', id: 'RoleName' },
    { items: 'Policies', id: 'PolicyName' },
  ],
  'route53 ListHostedZones': [{ items: 'HostedZones', id: 'Id' }],
  'route53 ListHostedZonesByName': [{ items: 'HostedZones', id: 'Id' }],
  'tagging GetResources': [{ items: 'ResourceTagMappingList', id: 'ResourceARN' }],
};

export function isSearch(call: Call): boolean {
  if (call.resource !== '') return false;
  return call.service === 'ec2' ? EC2_LISTS[call.operation] !== undefined : searchesOf(call).length > 0;
}

/** The answer without the items of which `hidden` says so. */
export function withoutNew(call: Call, answer: Answer, hidden: (id: string) => boolean): Answer {
  if (call.service === 'ec2') return withoutItems(call.operation, answer, hidden);
  const searches = searchesOf(call);
  if (searches.length === 0 || answer.status >= 300) return answer;
  let text = answer.body.toString('utf8');
  for (const search of searches)
    text = text.startsWith('<') ? cutXml(text, search, hidden) : cutJson(text, search, hidden);
  return { ...answer, body: Buffer.from(text, 'utf8') };
}

function searchesOf({ service, operation }: Call): readonly Search[] {
  return SEARCHES[`${service} ${operation}`] ?? [];
}

function cutJson(text: string, { items, id }: Search, hidden: (id: string) => boolean): string {
  const document: unknown = JSON.parse(text);
  if (!isRecord(document)) return text;
  const list = document[items];
  const kept = Array.isArray(list) ? list.filter(item => !isRecord(item) || !hidden(String(item[id]))) : list;
  return JSON.stringify({ ...document, [items]: kept });
}

function cutXml(text: string, { items, id }: Search, hidden: (id: string) => boolean): string {
  const root = parseXml(text);
  function visit(element: XmlElement): void {
    if (element.name === items) element.children = element.children.filter(item => !hidden(textAt(item, id)));
    for (const child of element.children) visit(child);
  }
  visit(root);
  return writeXml(root);
}
