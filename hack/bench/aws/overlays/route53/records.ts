/** What Route 53 refuses in a change batch, and how it spells names. Messages as people quote them. */
import type { Answer, BenchContext, Call, Overlay } from '../../overlay.ts';
import {
  childOf,
  element,
  itemsOf,
  parseXml,
  putChild,
  textAt,
  writeXml,
  type XmlElement,
} from '../../xml-tree.ts';
import { recordsOf, zoneName } from './ask.ts';
import { fullName, isWithin } from './names.ts';

interface Change {
  action: string;
  name: string;
  type: string;
  setId: string;
}

function changesIn(batch: XmlElement): Change[] {
  return itemsOf(batch, 'ChangeBatch', 'Changes').map(change => {
    const record = childOf(change, 'ResourceRecordSet');
    return {
      action: textAt(change, 'Action'),
      name: textAt(record, 'Name'),
      type: textAt(record, 'Type'),
      setId: textAt(record, 'SetIdentifier'),
    };
  });
}

const spelling: Overlay = {
  service: 'route53',
  operation: 'ChangeResourceRecordSets',
  source:
    'Route 53 developer guide, "DNS domain name format": lower case, and an asterisk is shown as \\052; "fully qualified" with and without the last dot',
  before(call) {
    const batch = parseXml(String(call.input));
    for (const change of itemsOf(batch, 'ChangeBatch', 'Changes')) {
      const record = childOf(change, 'ResourceRecordSet');
      if (record !== undefined) putChild(record, element('Name', fullName(textAt(record, 'Name'))));
    }
    call.body = Buffer.from(writeXml(batch), 'utf8');
    return undefined;
  },
};

const refusals: Overlay = {
  service: 'route53',
  operation: 'ChangeResourceRecordSets',
  source:
    'Route 53 API, ChangeResourceRecordSets: InvalidChangeBatch; developer guide, "Supported DNS record types", CNAME: not at the zone apex and not beside other records of the name; "NS and SOA records that Amazon Route 53 creates for a public hosted zone": not to be deleted',
  async before(call, bench) {
    const zone = await zoneName(bench, call, call.resource);
    if (zone === undefined) return undefined;
    const changes = changesIn(parseXml(String(call.input)));
    const problems = [
      ...changes.flatMap(change => placeProblems(change, zone)),
      ...conflicts(changes, await recordsOf(bench, call, call.resource), zone),
    ];
    return problems.length === 0 ? undefined : invalid(call, bench, problems);
  },
};

function invalid(call: Call, bench: BenchContext, problems: string[]): Answer {
  const message = `[${problems.join(', ')}]`;
  return bench.error(call, { status: 400, code: 'InvalidChangeBatch', message });
}

function placeProblems({ action, name, type }: Change, zone: string): string[] {
  if (!isWithin(name, zone)) return [`RRSet with DNS name ${name} is not permitted in zone ${zone}`];
  if (name !== zone) return [];
  if (type === 'CNAME')
    return [`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zone}`];
  if (action !== 'DELETE') return [];
  if (type === 'SOA') return ['A HostedZone must contain exactly one SOA record.'];
  return type === 'NS' ? ['A HostedZone must contain at least one NS record for the zone itself.'] : [];
}

/** Judged by what the whole batch leads to. */
function conflicts(changes: readonly Change[], existing: readonly XmlElement[], zone: string): string[] {
  const types = new Map<string, Set<string>>();
  const put = (name: string, type: string) => types.set(name, (types.get(name) ?? new Set()).add(type));
  for (const record of existing) put(textAt(record, 'Name'), textAt(record, 'Type'));
  for (const { action, name, type, setId } of changes) {
    if (action !== 'DELETE') put(name, type);
    else if (setId === '') types.get(name)?.delete(type);
  }
  const changed = [...new Set(changes.map(({ name }) => name))];
  return changed
    .filter(name => (types.get(name)?.size ?? 0) > 1 && types.get(name)?.has('CNAME'))
    .map(
      name =>
        `RRSet of type CNAME with DNS name ${name} is not permitted as it conflicts with other records with the same DNS name in zone ${zone}`,
    );
}

const list: Overlay = {
  service: 'route53',
  operation: 'ListResourceRecordSets',
  source: 'Route 53 developer guide, "DNS domain name format"; Route 53 API, ListResourceRecordSets: Name',
  before(call) {
    const name = call.query.get('name');
    if (name !== null) call.query.set('name', fullName(name));
    return undefined;
  },
};

export const recordOverlays: Overlay[] = [spelling, refusals, list];
