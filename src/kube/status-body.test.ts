import { expect, test } from 'vitest';
import {
  isAlreadyExists,
  isConflict,
  isGone,
  isNotFound,
  isTooLargeResourceVersion,
  isTransient,
} from './errors.ts';
import { errorOfAnswer, errorOfEvent } from './status-body.ts';

function answer(
  status: number,
  reason: string,
  more: object = {},
  path = '/api/v1/namespaces/shop/configmaps/a',
) {
  const body = JSON.stringify({ kind: 'Status', message: 'what went wrong', reason, code: status, ...more });
  return errorOfAnswer({ what: `GET ${path}`, path, status, body });
}

test.each([
  ['NotFound', 404, isNotFound],
  ['Conflict', 409, isConflict],
  ['AlreadyExists', 409, isAlreadyExists],
  ['Expired', 410, isGone],
  ['Gone', 410, isGone],
  ['TooManyRequests', 429, isTransient],
  ['InternalError', 500, isTransient],
])('%s is told from the others', (reason, status, predicate) => {
  const all = [isNotFound, isConflict, isAlreadyExists, isGone, isTransient];
  const error = answer(status, reason);
  expect(predicate(error)).toBe(true);
  for (const other of all) if (other !== predicate) expect(other(error)).toBe(false);
});

test('the message has the call and the words of the server', () => {
  expect(answer(404, 'NotFound').message).toBe(
    'GET /api/v1/namespaces/shop/configmaps/a: 404 what went wrong',
  );
});

test.each(['/api/v1/namespaces/shop/secrets/a', '/api/v1/namespaces/shop/secrets', '/api/v1/secrets'])(
  'nothing of an error about %s is kept but its kind',
  path => {
    const error = answer(422, 'Invalid', { message: 'canary', details: { name: 'canary' } }, path);
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('canary');
    expect([error.status, error.reason]).toEqual([422, 'Invalid']);
  },
);

test('paths that only look like Secrets are not treated so', () => {
  const error = answer(404, 'NotFound', {}, '/apis/aws.opta.dev/v1/namespaces/secrets/queues/secrets');
  expect(error.message).toContain('what went wrong');
});

test('an answer that is no Status is cut', () => {
  const error = errorOfAnswer({
    what: 'GET /x',
    path: '/x',
    status: 502,
    body: `<html>${'x'.repeat(5_000)}`,
  });
  expect(error.reason).toBe('');
  expect(error.message.length).toBeLessThan(300);
});

test('the time to wait comes from the header, else from the body', () => {
  const withBody = answer(429, 'TooManyRequests', { details: { retryAfterSeconds: 7 } });
  expect(withBody.retryAfterSeconds).toBe(7);
  const withHeader = errorOfAnswer({ what: '', path: '/x', status: 429, body: '', retryAfter: '3' });
  expect(withHeader.retryAfterSeconds).toBe(3);
});

test('an ERROR event of a watch is an error of the same kind', () => {
  expect(
    isGone(errorOfEvent('/x', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })),
  ).toBe(true);
  expect(errorOfEvent('/x', {}).status).toBe(500);
  const tooLarge = {
    code: 504,
    reason: 'Timeout',
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
  };
  expect(isTooLargeResourceVersion(errorOfEvent('/x', tooLarge))).toBe(true);
});
