import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { jsonOf } from './json.ts';

test.each([
  ['delete', '\u007f'],
  ['a control character of Latin-1', '\u0080'],
  ['next line', '\u0085'],
  ['line separator', 'a \u2028 b'],
  ['byte order mark', '\ufeff'],
  ['a pair of surrogates', '😀'],
  ['a backslash before what looks like half a pair', '\\ud83d'],
])('%s arrives as it is', (_, text) => {
  const sent = jsonOf({ text });
  expect(JSON.parse(sent)).toEqual({ text });
  expect(sent).not.toMatch(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/);
});

test('half a pair of surrogates is replaced', () => {
  expect(jsonOf(['a\ud83d', '\ude00b', '\\\ud83d'])).toBe('["a\\ufffd","\\ufffdb","\\\\\\ufffd"]');
});

test('whatever the text, readers of JSON and of YAML read the same, which is the text where it is well formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const sent = jsonOf({ text });
      expect(JSON.parse(sent)).toEqual({ text: text.toWellFormed() });
      expect(parseDocument(sent).toJS()).toEqual({ text: text.toWellFormed() });
    }),
  );
});
