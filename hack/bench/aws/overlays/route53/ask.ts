/** What the rules of Route 53 ask of the emulator. */
import type { BenchContext } from '../../overlay.ts';
import { itemsOf, parseXml, textAt, type XmlElement } from '../../xml-tree.ts';
import type { Place } from '../questions.ts';

const ROOT = '/2013-04-01/hostedzone';

/** `/hostedzone/Z1` and `Z1` are the same. */
export function plainId(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

async function get(
  bench: BenchContext,
  { region, accountId }: Place,
  path: string,
): Promise<XmlElement | undefined> {
  const answer = await bench.forward({ service: 'route53', region, accountId, path });
  return answer.status === 200 ? parseXml(answer.body.toString('utf8')) : undefined;
}

/** All hosted zones of the account. */
export async function zonesOf(bench: BenchContext, place: Place): Promise<XmlElement[]> {
  const zones: XmlElement[] = [];
  let marker = '';
  do {
    const page = await get(bench, place, `${ROOT}?maxitems=100&marker=${marker}`);
    zones.push(...itemsOf(page, 'HostedZones'));
    marker = textAt(page, 'NextMarker');
  } while (marker !== '');
  return zones;
}

/** Name of a hosted zone, with its last dot; undefined where there is no such zone. */
export async function zoneName(bench: BenchContext, place: Place, id: string): Promise<string | undefined> {
  const page = await get(bench, place, `${ROOT}/${id}`);
  return page && textAt(page, 'HostedZone', 'Name');
}

/** All record sets of a hosted zone. */
export async function recordsOf(bench: BenchContext, place: Place, id: string): Promise<XmlElement[]> {
  const records: XmlElement[] = [];
  let next = '';
  do {
    const page = await get(bench, place, `${ROOT}/${id}/rrset?maxitems=300${next}`);
    records.push(...itemsOf(page, 'ResourceRecordSets'));
    const [name, type] = [textAt(page, 'NextRecordName'), textAt(page, 'NextRecordType')];
    next = name === '' ? '' : `&name=${encodeURIComponent(name)}&type=${type}`;
  } while (next !== '');
  return records;
}

export function valuesOf(record: XmlElement): string[] {
  return itemsOf(record, 'ResourceRecords').map(one => textAt(one, 'Value'));
}
