import type { ResourceRecordSet, RRType } from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import { namesOfOwner } from './external-dns.ts';

const OWNER = 'opta-dev-cluster-abcdef';
const DOMAIN = 'dev.example.com';

function set(name: string, Type: RRType, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet {
  return { Name: `${name}.`, Type, TTL: 300, ResourceRecords: [{ Value: '192.0.2.1' }], ...more };
}

function alias(name: string, Type: RRType = 'A'): ResourceRecordSet {
  const AliasTarget = { HostedZoneId: 'Z2', DNSName: 'lb.example.com', EvaluateTargetHealth: true };
  return { Name: `${name}.`, Type, AliasTarget };
}

const says = (owner: string) =>
  `heritage=external-dns,external-dns/owner=${owner},external-dns/resource=ingress/a/b`;

function mark(name: string, owner = OWNER, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet {
  return set(name, 'TXT', { ResourceRecords: [{ Value: `"${says(owner)}"` }], ...more });
}

function text(name: string, ...values: readonly string[]): ResourceRecordSet {
  return set(name, 'TXT', { ResourceRecords: values.map(Value => ({ Value })) });
}

const short = (one: ResourceRecordSet) =>
  `${one.Name?.replace(/\.$/, '')} ${one.Type}${one.SetIdentifier === undefined ? '' : ` ${one.SetIdentifier}`}`;

function left(sets: readonly ResourceRecordSet[], within = DOMAIN): readonly string[] {
  return namesOfOwner(sets, OWNER, within)
    .flatMap(one => one.sets.map(short))
    .sort();
}

const all = (sets: readonly ResourceRecordSet[]) => sets.map(short).sort();
const WEB = `web.${DOMAIN}`;
const at = (label: string) => `${label}.${DOMAIN}`;

describe('what a mark of the owner names goes with it', () => {
  test.each<[string, readonly ResourceRecordSet[]]>([
    ['an address', [set(WEB, 'A'), mark(at('a-web'))]],
    ['an address of version 6', [set(WEB, 'AAAA'), mark(at('aaaa-web'))]],
    ['another name', [set(WEB, 'CNAME'), mark(at('cname-web'))]],
    ['an alias, which is marked as another name', [alias(WEB), mark(at('cname-web'))]],
    ['both aliases of one mark', [alias(WEB), alias(WEB, 'AAAA'), mark(at('cname-web'))]],
    ['an alias that is marked by its type', [alias(WEB, 'AAAA'), mark(at('aaaa-web'))]],
    ['a mail server', [set(WEB, 'MX'), mark(at('mx-web'))]],
    ['with the mark of an older release', [set(WEB, 'A'), mark(WEB)]],
    ['with the marks of both', [set(WEB, 'A'), mark(WEB), mark(at('a-web'))]],
    ['all names with an asterisk', [set(`\\052.apps.${DOMAIN}`, 'A'), mark(`a-\\052.apps.${DOMAIN}`)]],
    ['several labels below', [set(`a.b.c.${DOMAIN}`, 'A'), mark(`a-a.b.c.${DOMAIN}`)]],
    [
      'a long text, in parts',
      [set(WEB, 'A'), text(at('a-web'), `"${says(OWNER).slice(0, 30)}" "${says(OWNER).slice(30)}"`)],
    ],
    [
      'in parts of a whole',
      [
        set(WEB, 'A', { SetIdentifier: 'one', Weight: 1 }),
        mark(at('a-web'), OWNER, { SetIdentifier: 'one', Weight: 1 }),
      ],
    ],
    ['a mark whose record is gone', [mark(at('a-web'))]],
    ['a host that is called like a mark', [set(at('a-web'), 'A'), mark(at('a-a-web'))]],
    [
      'two hosts, one called like the mark of the other, each with marks of both',
      [set(WEB, 'A'), set(at('a-web'), 'A'), mark(WEB), mark(at('a-web')), mark(at('a-a-web'))],
    ],
    ['a host whose name begins as the mark of a delegation', [set(at('ns-1'), 'A'), mark(at('ns-1'))]],
    ['the domain itself', [set(DOMAIN, 'A'), mark(DOMAIN)]],
  ])('%s', (_, sets) => {
    expect(left(sets)).toEqual(all(sets));
  });

  test('and each name by itself, with all that it has', () => {
    const sets = [
      alias(WEB),
      alias(WEB, 'AAAA'),
      mark(at('cname-web')),
      mark(WEB),
      set(at('api'), 'A'),
      mark(at('a-api')),
    ];
    const names = namesOfOwner(sets, OWNER, DOMAIN);
    expect(names.map(one => [one.name, one.sets.length])).toEqual([
      [WEB, 4],
      [at('api'), 2],
    ]);
  });
});

describe('what is not provably of the owner stays', () => {
  test.each<[string, readonly ResourceRecordSet[]]>([
    ['a record without a mark', [set(WEB, 'A')]],
    ['a record of another owner', [set(WEB, 'A'), mark(at('a-web'), 'somebody')]],
    ['of one whose name begins alike', [set(WEB, 'A'), mark(at('a-web'), `${OWNER}x`)]],
    ['of one whose name ends alike', [set(WEB, 'A'), mark(at('a-web'), `x${OWNER}`)]],
    ['of two owners', [set(WEB, 'A'), text(at('a-web'), `"${says(OWNER)},external-dns/owner=somebody"`)]],
    [
      'of somebody who writes the owner elsewhere',
      [
        set(WEB, 'A'),
        text(at('a-web'), `"heritage=external-dns,external-dns/resource=external-dns/owner=${OWNER}"`),
      ],
    ],
    ['without the heritage', [set(WEB, 'A'), text(at('a-web'), `"external-dns/owner=${OWNER}"`)]],
    [
      'of another heritage',
      [set(WEB, 'A'), text(at('a-web'), `"heritage=mate,external-dns/owner=${OWNER}"`)],
    ],
    ['with a mark among other texts', [set(WEB, 'A'), text(WEB, '"v=spf1 -all"', `"${says(OWNER)}"`)]],
    ['with other texts beside the mark', [set(WEB, 'A'), text(WEB, `"${says(OWNER)}"`, '"v=spf1 -all"')]],
    ['with a mark that is encrypted', [set(WEB, 'A'), text(at('a-web'), '"GxDtZ0Yl8eRlNXYt"')]],
    ['texts', [set(WEB, 'TXT', { ResourceRecords: [{ Value: '"hello"' }] })]],
    ['name servers and authority of the zone', [set(DOMAIN, 'NS'), set(DOMAIN, 'SOA')]],
    ['a delegation, with its mark', [set(at('team'), 'NS'), mark(at('ns-team'))]],
    ['what a policy of traffic wrote', [set(WEB, 'A', { TrafficPolicyInstanceId: 'x' })]],
  ])('%s', (_, sets) => {
    expect(left(sets)).toEqual([]);
  });

  test.each<[string, ResourceRecordSet, ResourceRecordSet]>([
    ['of another type', set(WEB, 'AAAA'), mark(at('a-web'))],
    ['of another name', set(at('api'), 'A'), mark(at('a-web'))],
    ['of a name that ends alike', set(at('www-web'), 'A'), mark(at('a-web'))],
    ['an address with the mark of another name', set(WEB, 'A'), mark(at('cname-web'))],
    ['another name with a mark without a type', set(WEB, 'CNAME'), mark(WEB)],
    ['the authority of the zone', set(DOMAIN, 'SOA'), mark(DOMAIN)],
    ['the name servers of the zone', set(DOMAIN, 'NS'), mark(DOMAIN)],
    ['a text', text(WEB, '"hello"'), mark(at('txt-web'))],
    [
      'another part of a whole',
      set(WEB, 'A', { SetIdentifier: 'two' }),
      mark(at('a-web'), OWNER, { SetIdentifier: 'one' }),
    ],
    ['a part where the mark is of the whole', set(WEB, 'A', { SetIdentifier: 'two' }), mark(at('a-web'))],
    ['what a policy of traffic wrote', set(WEB, 'A', { TrafficPolicyInstanceId: 'x' }), mark(at('a-web'))],
  ])('a record beside a mark that does not name it: %s', (_, record, beside) => {
    expect(left([record, beside])).toEqual(all([beside]));
  });

  describe('where a mark fits two hosts, one called like the mark of the other', () => {
    const [web, host, itsMark] = [set(WEB, 'A'), set(at('a-web'), 'A'), mark(at('a-web'))];
    test.each<[string, readonly ResourceRecordSet[], readonly ResourceRecordSet[]]>([
      ['neither goes, nor the mark', [web, host, itsMark], []],
      [
        'not the one that is marked as somebody else’s',
        [web, host, itsMark, mark(at('a-a-web'), 'x')],
        [web, itsMark],
      ],
      [
        'not even if its own mark fits two',
        [web, host, itsMark, set(at('a-a-web'), 'A'), mark(at('a-a-web'), 'x')],
        [],
      ],
      [
        'not that of an older release of somebody else’s',
        [web, mark(WEB, 'x'), host, itsMark],
        [host, itsMark],
      ],
      [
        'only the one that has another mark, of its type',
        [web, host, itsMark, mark(at('a-a-web'))],
        [host, itsMark, mark(at('a-a-web'))],
      ],
      [
        'only the one that has another mark, without a type',
        [web, mark(WEB), host, itsMark],
        [web, mark(WEB), itsMark],
      ],
      ['of a delegation, too', [set(at('team'), 'NS'), set(at('ns-team'), 'A'), mark(at('ns-team'))], []],
    ])('%s', (_, sets, goes) => {
      expect(left(sets)).toEqual(all(goes));
    });

    test.each([WEB, at('a-web')])('what stays does so once %s is gone', gone => {
      const proof = mark(gone === WEB ? WEB : at('a-a-web'));
      const sets = [web, host, itsMark, proof];
      const went = namesOfOwner(sets, OWNER, DOMAIN).flatMap(one => one.sets);
      const rest = sets.filter(one => !went.includes(one));
      expect(rest).toHaveLength(1);
      expect(left(rest)).toEqual([]);
    });
  });

  test('one that somebody else’s mark names as well', () => {
    const sets = [set(WEB, 'A'), mark(WEB, 'x'), mark(at('a-web'))];
    expect(left(sets)).toEqual(all([mark(at('a-web'))]));
  });
});

describe('in a zone that others have names in too', () => {
  const zone = 'example.com';
  test('names below the domain go, and the domain with its mark beside it', () => {
    const sets = [set(WEB, 'A'), mark(at('a-web')), alias(DOMAIN), mark(`cname-${DOMAIN}`)];
    expect(left(sets)).toEqual(all(sets));
  });
  test.each([`web.${zone}`, zone, `web.other.${zone}`, `web.not${DOMAIN}`])('%s stays', name => {
    const [label, ...rest] = name.split('.');
    expect(left([set(name, 'A'), mark([`a-${label}`, ...rest].join('.')), mark(name)])).toEqual([]);
  });
});
