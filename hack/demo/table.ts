import { styleText } from 'node:util';
import { label, type OptaObject } from '../../src/operator/objects.ts';
import { shortened } from './screen.ts';
import { treeOf } from './tree.ts';

const CONDITIONS = ['Ready', 'Synced', 'Reconciling', 'Stalled'] as const;
const HEADINGS = ['OBJECT', ...CONDITIONS.map(name => name.toUpperCase()), 'REASON', 'IN AWS'];
/** As kstatus has them: those that are bad news when True. */
const ABNORMAL: readonly string[] = ['Reconciling', 'Stalled'];

/** An object's conditions as cells of the table. Pure. */
export function cellsOf(object: OptaObject): readonly string[] {
  const condition = (type: string) => object.status?.conditions?.find(one => one.type === type);
  const resources = object.status?.resources?.length ?? 0;
  return [
    label(object),
    ...CONDITIONS.map(type => condition(type)?.status ?? '-'),
    condition('Ready')?.reason ?? '-',
    resources === 0 ? '-' : `${resources} resource${resources === 1 ? '' : 's'}`,
  ];
}

export function isReady(object: OptaObject): boolean {
  const ready = object.status?.conditions?.find(one => one.type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === object.metadata.generation;
}

/** Why an object is not Ready, in the operator's words. */
export function whyNotReady(object: OptaObject): string {
  const ready = object.status?.conditions?.find(one => one.type === 'Ready');
  if (ready === undefined) return 'no status yet';
  return `${ready.reason}: ${ready.message}`;
}

/** Lines of the table, with what each object waits for under it, and how far its parts are. */
export function tableOf(objects: readonly OptaObject[], columns: number): readonly string[] {
  const rows = objects.map(cellsOf);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map(row => row[column]?.length ?? 0)),
  );
  const headings = HEADINGS.map((text, at) => text.padEnd(widths[at] ?? 0));
  const lines = [`  ${styleText('dim', headings.join('  ').trimEnd())}`];
  objects.forEach((object, index) => {
    const cells = (rows[index] ?? []).map((text, at) => paint(HEADINGS[at] ?? '', text, widths[at] ?? 0));
    lines.push(`  ${cells.join('  ').trimEnd()}`);
    if (isReady(object)) return;
    lines.push(styleText('dim', shortened(`    ${whyNotReady(object)}`, columns)));
    lines.push(...treeOf(object, columns).map(line => styleText('dim', line)));
  });
  return lines;
}

function paint(heading: string, text: string, width: number): string {
  const padded = text.padEnd(width);
  const type = CONDITIONS.find(name => name.toUpperCase() === heading);
  if (type === undefined || text === '-') return padded;
  const isGood = (text === 'True') !== ABNORMAL.includes(type);
  return styleText(isGood ? 'green' : 'yellow', padded);
}
