/** Resources that the emulator's tagging service does not know, because it keeps no tags of them or another emulator has them. */
import { isObject } from '../../policy/document.ts';
import { type BenchContext, type Call, jsonInput, type Overlay } from '../overlay.ts';
import { itemsOf, textAt } from '../xml-tree.ts';
import { ask, listAll } from './iam/ask.ts';
import { askJson, jsonBody, withBody } from './questions.ts';
import { groups } from './subnet-groups/store.ts';

interface Tagged {
  readonly ResourceARN: string;
  readonly Tags: readonly { Key: string; Value: string }[];
}

/** Where the tagging API shows what has no region: where IAM's own endpoint is. */
const GLOBAL_REGION = 'us-east-1';

async function logGroups(call: Call, bench: BenchContext): Promise<Tagged[]> {
  const place = { service: 'logs', region: call.region, accountId: call.accountId };
  const groups: Tagged[] = [];
  let nextToken: unknown;
  do {
    const input = nextToken === undefined ? {} : { nextToken };
    const page = await askJson(bench, { ...place, operation: 'DescribeLogGroups', input });
    for (const group of Array.isArray(page?.logGroups) ? page.logGroups.filter(isObject) : []) {
      const resourceArn = String(group.arn).replace(/:\*$/, '');
      const listed = await askJson(bench, {
        ...place,
        operation: 'ListTagsForResource',
        input: { resourceArn },
      });
      const tags = isObject(listed?.tags) ? Object.entries(listed.tags) : [];
      groups.push({
        ResourceARN: resourceArn,
        Tags: tags.map(([Key, Value]) => ({ Key, Value: String(Value) })),
      });
    }
    nextToken = page?.nextToken ?? undefined;
  } while (nextToken !== undefined);
  return groups;
}

async function policies(call: Call, bench: BenchContext): Promise<Tagged[]> {
  if (call.region !== GLOBAL_REGION) return [];
  const shown: Tagged[] = [];
  for (const policy of await listAll(bench, call, 'Policies')) {
    const PolicyArn = textAt(policy, 'Arn');
    const tags = itemsOf(await ask(bench, call, 'ListPolicyTags', { PolicyArn }), 'Tags');
    shown.push({
      ResourceARN: PolicyArn,
      Tags: tags.map(tag => ({ Key: textAt(tag, 'Key'), Value: textAt(tag, 'Value') })),
    });
  }
  return shown;
}

/** Of a service, as this bench keeps them. */
function subnetGroups(service: string) {
  return async ({ region, accountId }: Call, bench: BenchContext): Promise<Tagged[]> =>
    [...groups(bench)]
      .filter(([arn]) => arn.startsWith(`arn:aws:${service}:${region}:${accountId}:`))
      .map(([ResourceARN, { tags }]) => ({
        ResourceARN,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }));
}

const TYPES = [
  ['logs', 'logs:log-group', logGroups],
  ['iam', 'iam:policy', policies],
  ['rds', 'rds:subgrp', subnetGroups('rds')],
  ['elasticache', 'elasticache:subnetgroup', subnetGroups('elasticache')],
] as const;

/** All filters hold, each by any of its values, or by the key alone where it names none. */
function passes({ Tags }: Tagged, filters: unknown): boolean {
  if (Tags.length === 0) return false;
  return (Array.isArray(filters) ? filters.filter(isObject) : []).every(({ Key, Values }) => {
    const tag = Tags.find(one => one.Key === Key);
    const values = Array.isArray(Values) ? Values : [];
    return tag !== undefined && (values.length === 0 || values.includes(tag.Value));
  });
}

const elsewhere: Overlay = {
  service: 'tagging',
  operation: 'GetResources',
  source:
    'Resource Groups Tagging API Reference, "Services that support the Resource Groups Tagging API": GetResources supports all resource types, of IAM all but users and roles; GetResources: "located in the specified AWS Region"',
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const { ResourceTypeFilters, TagFilters } = jsonInput(call);
    const types = Array.isArray(ResourceTypeFilters) ? ResourceTypeFilters : [];
    const more: Tagged[] = [];
    for (const [service, type, list] of TYPES) {
      if (types.length > 0 && !types.includes(service) && !types.includes(type)) continue;
      more.push(...(await list(call, bench)).filter(one => passes(one, TagFilters)));
    }
    if (more.length === 0) return undefined;
    const body = jsonBody(answer);
    const known = Array.isArray(body.ResourceTagMappingList) ? body.ResourceTagMappingList : [];
    return withBody(answer, { ...body, ResourceTagMappingList: [...known, ...more] });
  },
};

export const taggedOverlays: Overlay[] = [elsewhere];
