import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NameServerAnswer } from './delegation.ts';
import { createNameServerLookup } from './name-servers.ts';
import { type DnsReply, type DnsServer, startDnsServer } from './testing/dns-server.ts';

let server: DnsServer;
let reply: DnsReply | Promise<DnsReply> = [];
beforeAll(async () => {
  server = await startDnsServer(() => reply);
});
afterAll(() => server.stop());
beforeEach(() => {
  server.asked.length = 0;
});

const lookup = (timeoutMs?: number) =>
  createNameServerLookup({ servers: [server.address], ...(timeoutMs === undefined ? {} : { timeoutMs }) });

test.each<[string, DnsReply, NameServerAnswer]>([
  [
    'name servers',
    ['ns-1.example.net', 'ns-2.example.org'],
    { is: 'named', nameServers: ['ns-1.example.net', 'ns-2.example.org'] },
  ],
  ['a name without name servers', [], { is: 'none' }],
  ['a name that does not exist', 'nxdomain', { is: 'none' }],
  ['servers that do not serve the domain', 'servfail', { is: 'failed' }],
  ['a resolver that refuses', 'refused', { is: 'unknown', why: 'EREFUSED' }],
])('%s', async (_, given, expected) => {
  reply = given;
  const answer = await lookup()('shop.example.com');
  if (answer.is === 'named')
    expect({ ...answer, nameServers: [...answer.nameServers].sort() }).toEqual(expected);
  else expect(answer).toEqual(expected);
});

test('no answer is told within the time, however long the resolver would wait', async () => {
  reply = 'silent';
  const answer = await lookup(300)('shop.example.com');
  expect(answer).toMatchObject({
    is: 'unknown',
    why: expect.stringMatching(/ETIMEOUT|no answer within 300 ms/),
  });
});

test('the time is for all servers together', async () => {
  reply = 'silent';
  const servers = [server.address, server.address.replace('127.0.0.1', '127.0.0.2'), '127.0.0.3:9'];
  const answer = await createNameServerLookup({ servers, timeoutMs: 300 })('shop.example.com');
  expect(answer).toEqual({ is: 'unknown', why: 'no answer within 300 ms' });
});

test('an answer to one question ends no other', async () => {
  let release: (given: DnsReply) => void = () => {};
  const ask = lookup(60_000);
  reply = new Promise<DnsReply>(resolve => {
    release = resolve;
  });
  const slow = ask('slow.example.com');
  await expect.poll(() => server.asked).toContain('slow.example.com');
  reply = ['ns-1.example.net'];
  expect(await ask('fast.example.com')).toMatchObject({ is: 'named' });
  release(['ns-2.example.net']);
  expect(await slow).toEqual({ is: 'named', nameServers: ['ns-2.example.net'] });
});

test('each question is asked anew: what was answered before is not remembered here', async () => {
  const ask = lookup();
  reply = 'nxdomain';
  expect(await ask('shop.example.com')).toEqual({ is: 'none' });
  reply = ['ns-1.example.net'];
  expect(await ask('shop.example.com')).toEqual({ is: 'named', nameServers: ['ns-1.example.net'] });
  reply = ['ns-2.example.net'];
  expect(await ask('shop.example.com')).toEqual({ is: 'named', nameServers: ['ns-2.example.net'] });
  expect(server.asked).toEqual(['shop.example.com', 'shop.example.com', 'shop.example.com']);
});

test('a name that is none is no crash', async () => {
  expect(await lookup()('not a name..')).toMatchObject({ is: expect.stringMatching(/none|unknown/) });
});
