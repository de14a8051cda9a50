import { expect, test } from 'vitest';
import { childOf, dropChild, element, itemsOf, parseXml, putChild, textAt, writeXml } from './xml-tree.ts';

const document = `<?xml version="1.0" encoding="utf-8"?>
<R xmlns="http://x/"><vpcSet><item><vpcId>vpc-1</vpcId><tagSet><item><key>a &amp; b</key><value/></item></tagSet></item>
  <item><vpcId>vpc-2</vpcId><tagSet/></item></vpcSet></R>`;

test('elements nest, and texts are unescaped', () => {
  const root = parseXml(document);
  expect(itemsOf(root, 'vpcSet').map(item => textAt(item, 'vpcId'))).toEqual(['vpc-1', 'vpc-2']);
  expect(itemsOf(root, 'vpcSet')[0]?.children[1]?.children.map(tag => textAt(tag, 'key'))).toEqual(['a & b']);
  expect([textAt(root, 'vpcSet', 'absent'), itemsOf(root, 'absent')]).toEqual(['', []]);
});

test('what is written reads the same', () => {
  const root = parseXml(document);
  expect(parseXml(writeXml(root))).toEqual(root);
  expect(writeXml(root)).toContain('<key>a &amp; b</key><value/>');
});

test('children are put, replaced and dropped', () => {
  const root = element('a', [element('b', '1')]);
  putChild(root, element('b', '2'));
  putChild(root, element('c', '<3>'));
  expect(writeXml(root)).toBe('<a><b>2</b><c>&lt;3&gt;</c></a>');
  dropChild(root, 'b');
  expect([childOf(root, 'b'), textAt(root, 'c')]).toEqual([undefined, '<3>']);
});

test.each(['', 'plain', '<a><b></a>'])('%j is no XML', text => {
  expect(() => parseXml(text)).toThrow('no XML');
});
