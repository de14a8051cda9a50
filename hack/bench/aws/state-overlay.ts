import { isRecord } from './input.ts';
import type { Answer } from './overlay.ts';
import { escapeXml } from './xml.ts';

/** The answer with one field changed: JSON by dotted path, XML by the path's last name (an element, or an entry's key). */
export function withField(answer: Answer, path: string, value: unknown): Answer {
  if (answer.status >= 300) return answer;
  const text = answer.body.toString('utf8');
  const changed = text.startsWith('<')
    ? changedXml(text, path, String(value))
    : changedJson(text, path, value);
  return { ...answer, body: Buffer.from(changed, 'utf8') };
}

function changedXml(text: string, path: string, value: string): string {
  const name = path.slice(path.lastIndexOf('.') + 1).replace(/\W/g, '\\$&');
  const safe = escapeXml(value);
  const entry = new RegExp(`(<key>${name}</key>\\s*<value>)[^<]*(</value>)`);
  if (entry.test(text))
    return text.replace(entry, (_, before: string, after: string) => `${before}${safe}${after}`);
  const element = new RegExp(`(<${name}>)[^<]*(</${name}>)`);
  return text.replace(element, (_, before: string, after: string) => `${before}${safe}${after}`);
}

function changedJson(text: string, path: string, value: unknown): string {
  const document: unknown = JSON.parse(text === '' ? '{}' : text);
  const names = path.split('.');
  const last = names.pop();
  let place: unknown = document;
  for (const name of names) place = isRecord(place) ? place[name] : undefined;
  if (!isRecord(place) || last === undefined) return text;
  place[last] = value;
  return JSON.stringify(document);
}
