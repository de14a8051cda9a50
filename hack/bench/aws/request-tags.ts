import { isRecord } from './input.ts';
import { type Call, jsonInput, xmlInput } from './overlay.ts';
import { unescapeXml, xmlElements, xmlText } from './xml.ts';

/** The tags that a request sets, whatever the service calls them; undefined where it sets none. */
export function requestTags(call: Call): Record<string, string> | undefined {
  if (call.protocol === 'restXml' && !/^CreateBucket$|Tagging$|^ChangeTagsForResource$/.test(call.operation))
    return undefined;
  const found = call.protocol === 'restXml' ? xmlTags(xmlInput(call)) : inputTags(jsonInput(call));
  return Object.keys(found).length > 0 ? found : undefined;
}

function xmlTags(document: string): Record<string, string> {
  const tags: Record<string, string> = {};
  if (!document.includes('<Tag>')) return tags;
  for (const tag of xmlElements(document, 'Tag')) {
    tags[unescapeXml(xmlText(tag, 'Key') ?? '')] = unescapeXml(xmlText(tag, 'Value') ?? '');
  }
  return tags;
}

function inputTags(input: Record<string, unknown>): Record<string, string> {
  const tags: Record<string, string> = {};
  const given = input.tags ?? input.Tags;
  if (Array.isArray(given)) {
    for (const tag of given) {
      if (isRecord(tag)) tags[String(tag.TagKey ?? tag.Key)] = String(tag.TagValue ?? tag.Value ?? '');
    }
    return tags;
  }
  if (isRecord(given)) {
    for (const [key, value] of Object.entries(given)) tags[key] = String(value);
    return tags;
  }
  for (const [field, key] of Object.entries(input)) {
    const index = /^(?:TagSpecification\.\d+\.)?Tags?\.(?:member\.|entry\.|Tag\.)?\d+\.Key$/.test(field)
      ? field.slice(0, -'Key'.length)
      : undefined;
    if (index !== undefined) tags[String(key)] = String(input[`${index}Value`] ?? '');
  }
  return tags;
}
