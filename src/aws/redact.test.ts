import { expect, test } from 'vitest';
import { classify } from './errors.ts';
import { hide, redacted } from './redact.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE=';

test('what is hidden appears in no text, in whatever form a request has it', () => {
  hide([SECRET, 'AKIAEXAMPLEEXAMPLE01', undefined, '', 'short']);
  const said = redacted(`AKIAEXAMPLEEXAMPLE01 ${SECRET} key=${encodeURIComponent(SECRET)} short ${SECRET}`);
  expect(said).toBe('(hidden) (hidden) key=(hidden) short (hidden)');
});

test('an error of AWS that quotes credentials has them neither in its message nor behind it, wherever it is cut', () => {
  hide([SECRET]);
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

test('the newest are kept', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `a-secret-of-number-${index}-end`);
  hide(many);
  expect(redacted('a-secret-of-number-999-end')).toBe('(hidden)');
  expect(redacted('a-secret-of-number-1-end')).toBe('a-secret-of-number-1-end');
});
