import { longestNoteBytes } from '../kube/events.ts';

/** ` (12 of 34)`. */
const NUMBER_BYTES = 12;

/** Notes of events that name all of them, each as long as an event may be: `head: a, b`; of several, `head (1 of 2): a, b`. */
export function notesOf(head: string, items: readonly string[], separator = ', '): readonly string[] {
  const room = longestNoteBytes - Buffer.byteLength(head) - NUMBER_BYTES - ': '.length;
  const parts: string[] = [];
  let part = '';
  for (const item of items) {
    const longer = part === '' ? item : `${part}${separator}${item}`;
    if (part !== '' && Buffer.byteLength(longer) > room) {
      parts.push(part);
      part = item;
    } else part = longer;
  }
  if (part !== '') parts.push(part);
  return parts.map((one, at) => {
    const number = parts.length === 1 ? '' : ` (${at + 1} of ${parts.length})`;
    return `${head}${number}: ${one}`;
  });
}
