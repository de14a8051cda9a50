/** Tags of IAM's resources, whose keys are one whatever their case. */
import { type BenchContext, type Call, jsonInput, type Overlay } from '../../overlay.ts';
import { itemsOf, textAt } from '../../xml-tree.ts';
import { ask } from './ask.ts';

/** `Role` of TagRole and UntagRole; undefined for any other operation. */
function typeOf({ operation }: Call): string | undefined {
  return /^(?:Tag|Untag)([A-Z].*)$/.exec(operation)?.[1];
}

/** The field that says which resource it is: RoleName, PolicyArn… */
function namedIn(call: Call): Record<string, string> {
  const named = Object.entries(jsonInput(call)).filter(([field]) =>
    /^[A-Za-z]+(Name|Arn|Number)$/.test(field),
  );
  return Object.fromEntries(named.map(([field, value]) => [field, String(value)]));
}

/** Keys of the tags that the resource of TagRole, UntagPolicy… has so far. */
export async function tagKeysBefore(call: Call, bench: BenchContext): Promise<readonly string[]> {
  const type = typeOf(call);
  if (type === undefined) return [];
  const tags = itemsOf(await ask(bench, call, `List${type}Tags`, namedIn(call)), 'Tags');
  return tags.map(tag => textAt(tag, 'Key'));
}

const caseless: Overlay = {
  service: 'iam',
  operation: /^(Tag|Untag)[A-Z]/,
  source:
    'IAM user guide, "Rules for tagging in IAM and AWS STS": "Tag key-value pairs are not case sensitive, but case is preserved. This means that you cannot have separate Department and department tag keys"; a tag of another case replaces the first',
  async before(call, bench) {
    const before = await tagKeysBefore(call, bench);
    for (const [field, key] of Object.entries(jsonInput(call))) {
      const spelled = before.find(one => one !== key && one.toLowerCase() === String(key).toLowerCase());
      if (spelled === undefined) continue;
      if (/^Tags\.member\.\d+\.Key$/.test(field))
        await ask(bench, call, `Untag${typeOf(call)}`, { ...namedIn(call), 'TagKeys.member.1': spelled });
      if (/^TagKeys\.member\.\d+$/.test(field)) jsonInput(call)[field] = spelled;
    }
    return undefined;
  },
};

export const iamTagOverlays: Overlay[] = [caseless];
