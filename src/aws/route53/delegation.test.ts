import { describe, expect, test } from 'vitest';
import { type Delegation, judgeDelegation, type NameServerAnswer } from './delegation.ts';

const OWN = ['ns-1.awsdns-01.com', 'ns-2.awsdns-02.net', 'ns-3.awsdns-03.org', 'ns-4.awsdns-04.co.uk'];
const PRIVATE = [
  'ns-0.awsdns-00.com',
  'ns-512.awsdns-00.net',
  'ns-1024.awsdns-00.org',
  'ns-1536.awsdns-00.co.uk',
];
const named = (...nameServers: string[]): NameServerAnswer => ({ is: 'named', nameServers });

describe('a domain whose name servers are', () => {
  test.each<[string, NameServerAnswer, Delegation['verdict']]>([
    ["the zone's", named(...OWN), 'Delegated'],
    [
      "the zone's, in another order, in upper case, with dots",
      named(...OWN.map(one => `${one.toUpperCase()}.`).reverse()),
      'Delegated',
    ],
    ["some of the zone's", named(...OWN.slice(1, 3)), 'Delegated'],
    ["the zone's and others", named(...OWN, 'ns.example.net'), 'Partly'],
    ["one of the zone's and others", named(OWN[0] ?? '', 'ns.example.net'), 'Partly'],
    ['others', named('ns1.registrar.example', 'ns2.registrar.example'), 'Elsewhere'],
    ['those of another zone of Route 53', named('ns-9.awsdns-09.com'), 'Elsewhere'],
    ['those of every private zone', named(...PRIVATE), 'Unknown'],
    [
      'some of those, in upper case, with dots',
      named('NS-0.AWSDNS-00.COM.', 'ns-512.awsdns-00.net.'),
      'Unknown',
    ],
    ['those of every private zone and others', named(...PRIVATE, 'ns.example.net'), 'Elsewhere'],
    ['none', { is: 'none' }, 'NotDelegated'],
    ['an empty list', named(), 'NotDelegated'],
    ['not known', { is: 'unknown', why: 'ETIMEOUT' }, 'Unknown'],
    ['not to be had', { is: 'failed' }, 'Unknown'],
    ['not to be had for long', { is: 'failed', lasts: true }, 'NotServed'],
  ])('%s', (_, answer, verdict) => {
    expect(judgeDelegation('example.com', OWN, answer).verdict).toBe(verdict);
  });
});

test.each<[string, NameServerAnswer, readonly string[]]>([
  ['what to set where', { is: 'none' }, ['example.com', 'registrar', ...OWN]],
  ['whom it is delegated to', named('ns.other.example'), ['ns.other.example', 'two days', ...OWN]],
  ['which are to be taken out', named(...OWN, 'ns.other.example'), ['ns.other.example', 'take these out']],
  ['that a private zone answers', named(...PRIVATE), ["operator's network", ...PRIVATE, ...OWN]],
  ['why there was no answer', { is: 'unknown', why: 'ETIMEOUT' }, ['ETIMEOUT', 'never delegated', ...OWN]],
  ['what is amiss where nobody serves it', { is: 'failed' }, ['a zone that is gone', 'DS record', ...OWN]],
])('the message says %s', (_, answer, words) => {
  const { message } = judgeDelegation('example.com', OWN, answer);
  for (const word of words) expect(message).toContain(word);
});

test('a public zone may have one of the servers that private zones have', () => {
  const own = [...OWN.slice(0, 3), PRIVATE[3] ?? ''];
  expect(judgeDelegation('example.com', own, named(...own)).verdict).toBe('Delegated');
  expect(judgeDelegation('example.com', own, named(PRIVATE[3] ?? '')).verdict).toBe('Delegated');
  expect(judgeDelegation('example.com', own, named(...PRIVATE)).verdict).toBe('Unknown');
});

test.each<[string, NameServerAnswer, boolean]>([
  ['NotDelegated', { is: 'none' }, true],
  ['Elsewhere', named('ns.other.example'), true],
  ['Partly', named(...OWN, 'ns.other.example'), true],
  ['Unknown', { is: 'unknown', why: 'ETIMEOUT' }, true],
  ['NotServed', { is: 'failed', lasts: true }, true],
  ['Unknown, of a private zone', named(...PRIVATE), true],
  ['Delegated', named(...OWN), false],
])('of %s: whether the way out of split-horizon DNS is named', (_, answer, isNamed) => {
  const { message } = judgeDelegation('example.com', OWN, answer);
  const way = /private zone.*set spec\.dns\.delegationCheck to Skip/;
  if (isNamed) expect(message).toMatch(way);
  else expect(message).not.toMatch(/Skip/);
});

test('the same answer in another order is the same state, so that nothing is written anew', () => {
  const other = named(...[...OWN].reverse());
  expect(judgeDelegation('example.com', OWN, other)).toEqual(
    judgeDelegation('example.com', OWN, named(...OWN)),
  );
});

test('a zone without name servers has no domain', () => {
  expect(judgeDelegation('example.com', [], named('ns.other.example')).verdict).toBe('Elsewhere');
});
