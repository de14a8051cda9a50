import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from './sha256.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const hex = (digest: Uint8Array) => Buffer.from(digest).toString('hex');

test.each([[[]], [['']], [['one']], [['one', 'two', '']]])('of %j it is what OpenSSL says', async parts => {
  const plain = new Sha256();
  const keyed = [new Sha256('secret'), new Sha256('secret'), new Sha256(bytes('secret'))];
  for (const one of [plain, ...keyed]) for (const part of parts) one.update(bytes(part));
  expect(hex(await plain.digest())).toBe(createHash('sha256').update(parts.join('')).digest('hex'));
  for (const one of keyed)
    expect(hex(await one.digest())).toBe(createHmac('sha256', 'secret').update(parts.join('')).digest('hex'));
});

test('a key is the same however often it is used, and however many others are', async () => {
  const key = bytes('signing key');
  for (let turn = 0; turn < 100; turn++) {
    for (const secret of [key, bytes('signing key').buffer, `secret ${turn}`, 'secret 0']) {
      const one = new Sha256(secret);
      one.update(bytes('text'));
      const text = typeof secret === 'string' ? secret : 'signing key';
      expect(hex(await one.digest())).toBe(createHmac('sha256', text).update('text').digest('hex'));
    }
  }
});

test('it begins anew', async () => {
  const one = new Sha256();
  one.update(bytes('former'));
  one.reset();
  one.update(bytes('text'));
  expect(hex(await one.digest())).toBe(createHash('sha256').update('text').digest('hex'));
});
