/** Hosted zones: a caller reference counts once for ever, and each zone has name servers of its own. */
import { createHash } from 'node:crypto';
import type { Answer, BenchContext, Call, Overlay } from '../../overlay.ts';
import { element, parseXml, textAt, writeXml, type XmlElement } from '../../xml-tree.ts';
import { alone } from '../alone.ts';
import { withBody } from '../questions.ts';
import { plainId, zonesOf } from './ask.ts';
import { fullName, nameOrder } from './names.ts';

const ENDINGS = ['com', 'net', 'org', 'co.uk'] as const;

/** Of this zone alone; without a dot at the end. */
export function nameServers(zoneId: string): string[] {
  const digest = createHash('sha256').update(zoneId).digest();
  return ENDINGS.map((ending, index) => {
    const number = digest.readUInt16BE(index * 2) % 512;
    return `ns-${number + index * 512}.awsdns-${String((digest[8 + index] ?? 0) % 64).padStart(2, '0')}.${ending}`;
  });
}

/** The emulator has the same four for every zone. */
export function withOwnServers(text: string, zoneId: string): string {
  const own = nameServers(zoneId);
  return text
    .replace(/(<NameServer>)ns-(\d)\.[^<]*(<\/NameServer>)/g, (_, open: string, n: string, close: string) =>
      [open, own[Number(n) - 1] ?? '', close].join(''),
    )
    .replace(/ns-([1-4])\.awsdns-\1\.(?:com|net|org|co\.uk)\./g, (_, n: string) => `${own[Number(n) - 1]}.`);
}

function references({ state }: BenchContext): Set<string> {
  const known = state.get('route53:references');
  if (known instanceof Set) return known;
  const fresh = new Set<string>();
  state.set('route53:references', fresh);
  return fresh;
}

const create: Overlay = {
  service: 'route53',
  operation: 'CreateHostedZone',
  source:
    'Route 53 API, CreateHostedZone: CallerReference, HostedZoneAlreadyExists "when a hosted zone has already been created with the specified CallerReference"; Location; DelegationSet',
  around(call, bench, next) {
    const reference = `${call.accountId} ${textAt(parseXml(String(call.input)), 'CallerReference')}`;
    return alone(bench, `route53:${reference}`, async () => {
      if (references(bench).has(reference)) {
        const message = 'A hosted zone has already been created with the specified caller reference.';
        return bench.error(call, { status: 409, code: 'HostedZoneAlreadyExists', message });
      }
      const answer = await next();
      if (answer.status === 201) references(bench).add(reference);
      return answer;
    });
  },
  after(_call, answer) {
    if (answer.status !== 201) return undefined;
    const text = answer.body.toString('utf8');
    const id = plainId(textAt(parseXml(text), 'HostedZone', 'Id'));
    const location = `https://route53.amazonaws.com/2013-04-01/hostedzone/${id}`;
    return { ...withBody(answer, withOwnServers(text, id)), headers: { ...answer.headers, location } };
  },
};

const servers: Overlay = {
  service: 'route53',
  operation: ['GetHostedZone', 'ListResourceRecordSets'],
  source:
    'Route 53 developer guide, "Getting the name servers for a public hosted zone"; Route 53 API, DelegationSet',
  after(call, answer) {
    if (answer.status !== 200) return undefined;
    return withBody(answer, withOwnServers(answer.body.toString('utf8'), call.resource));
  },
};

const byName: Overlay = {
  service: 'route53',
  operation: 'ListHostedZonesByName',
  source:
    'Route 53 API, ListHostedZonesByName: "sorts hosted zones by name with the labels reversed"; NextDNSName is "the name of the first hosted zone in the next group"',
  async before(call, bench) {
    const from = fullName(call.query.get('dnsname') ?? '');
    const fromId = call.query.get('hostedzoneid') ?? '';
    const size = Math.min(Number(call.query.get('maxitems') ?? 100), 100);
    const zones = (await zonesOf(bench, call))
      .map(zone => ({ zone, name: textAt(zone, 'Name'), id: plainId(textAt(zone, 'Id')) }))
      .sort((a, b) => nameOrder(a.name, b.name) || (a.id < b.id ? -1 : 1))
      .filter(({ name, id }) => {
        const order = from === '' ? 1 : nameOrder(name, from);
        return order > 0 || (order === 0 && id >= fromId);
      });
    const rest = zones[size];
    const body = [
      element(
        'HostedZones',
        zones.slice(0, size).map(({ zone }) => zone),
      ),
      ...(from === '' ? [] : [element('DNSName', from)]),
      element('IsTruncated', String(rest !== undefined)),
      ...(rest === undefined
        ? []
        : [element('NextDNSName', rest.name), element('NextHostedZoneId', rest.id)]),
      element('MaxItems', String(size)),
    ];
    return answerOf(call, bench, 'ListHostedZonesByNameResponse', body);
  },
};

function answerOf(call: Call, bench: BenchContext, name: string, body: XmlElement[]): Answer {
  const space = ' xmlns="https://route53.amazonaws.com/doc/2013-04-01/"';
  return bench.success(call, writeXml({ ...element(name, body), attributes: space }));
}

const tags: Overlay = {
  service: 'route53',
  operation: 'ChangeTagsForResource',
  source:
    'Route 53 API, ChangeTagsForResource: AddTags and RemoveTagKeys, "Minimum number of 1 item. Maximum number of 10 items"',
  before(call, bench) {
    const root = parseXml(String(call.input));
    const lists = root.children.map(({ children }) => children.length);
    if (lists.length > 0 && lists.every(length => length > 0 && length <= 10)) return undefined;
    const message = "Invalid XML ; 'Tag' can occur a maximum of '10' times in the current sequence.";
    return bench.error(call, { status: 400, code: 'InvalidInput', message });
  },
};

export const zoneOverlays: Overlay[] = [create, servers, byName, tags];
