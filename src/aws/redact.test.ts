import { expect, test } from 'vitest';
import { classify } from './errors.ts';
import { hiding, redacted } from './redact.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE=';

test('what is hidden appears in no text, in whatever form a request has it', () => {
  hiding()([SECRET, 'AKIAEXAMPLEEXAMPLE01', undefined, '', 'short']);
  const said = redacted(`AKIAEXAMPLEEXAMPLE01 ${SECRET} key=${encodeURIComponent(SECRET)} short ${SECRET}`);
  expect(said).toBe('(hidden) (hidden) key=(hidden) short (hidden)');
});

test('an error of AWS that quotes credentials has them neither in its message nor behind it, wherever it is cut', () => {
  hiding()([SECRET]);
  const message = `${'x'.repeat(390)}${SECRET}`;
  const sdk = Object.assign(new Error(message), {
    name: 'SignatureDoesNotMatch',
    $fault: 'client',
    $response: { body: SECRET },
  });
  const error = classify('SQS', 'CreateQueue', sdk);
  expect(`${error.message} ${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`).not.toContain(
    SECRET.slice(0, 8),
  );
});

test('however many obtain credentials, and however often, the last and those before are hidden of each', () => {
  const secret = (who: number, round: number) => `a-secret-of-${who}-in-round-${round}-end`;
  const all = Array.from({ length: 200 }, (_, who) => ({ who, hide: hiding() }));
  for (const { who, hide } of all) hide([secret(who, 0)]);
  for (const round of Array.from({ length: 1000 }, (_, index) => index)) all[1]?.hide([secret(1, round)]);
  for (const { who } of all.filter(one => one.who !== 1)) expect(redacted(secret(who, 0))).toBe('(hidden)');
  expect([999, 998, 997].map(round => redacted(secret(1, round)))).toEqual([
    '(hidden)',
    '(hidden)',
    secret(1, 997),
  ]);
});

test('what is obtained again stays hidden', () => {
  const hide = hiding();
  const [a, b, c] = ['a-secret-that-comes-back', 'a-secret-in-between', 'a-secret-at-the-end'] as const;
  hide([a]);
  for (const told of [[b], [b]]) hide(told);
  expect(redacted(a)).toBe('(hidden)');
  for (const told of [[a], [a, b], [c]]) hide(told);
  expect([a, b, c].map(redacted)).toEqual(['(hidden)', '(hidden)', '(hidden)']);
});
