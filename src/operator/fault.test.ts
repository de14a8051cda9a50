import { expect, test } from 'vitest';
import { CloudError, StaleObject } from '../engine/errors.ts';
import { ApiError, TimeoutError } from '../kube/errors.ts';
import { NotLeader } from '../kube/lease.ts';
import { faultMessage, isFault } from './fault.ts';

const refused = (status: number) => new ApiError({ status, reason: '', message: 'no' });

/** As the API server says it. */
const undeclared = new ApiError({
  status: 500,
  reason: '',
  message:
    'failed to create typed patch object (shop/orders; opta.dev/v1alpha1, Kind=Queue): .status.url: field not declared in schema',
});

test.each<[string, unknown, boolean]>([
  ['a mistake of ours', new TypeError("reading 'spec' of undefined"), true],
  ['a value that is too deep', new RangeError('Maximum call stack size exceeded'), true],
  ['what the code says cannot be', new Error('no adaptor serves the type x'), true],
  ['a right that is missing', refused(403), true],
  ['an object that is refused', refused(422), true],
  ['something that is not there', refused(404), true],
  ['an object that has become too large', refused(413), true],
  ['a conflict', refused(409), false],
  ['an API server that is ill', refused(500), false],
  ['a field that an older CRD does not have', undeclared, true],
  ['an API server that is busy', refused(429), false],
  ['no answer', new TimeoutError('30 s'), false],
  ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), false],
  ['an error of AWS', new CloudError('Unknown', 'no'), false],
  ['an object that changed', new StaleObject(), false],
  ['a lost lease', new NotLeader('lost'), false],
  ['something thrown', 'a text', false],
])('%s', (_, error, expected) => {
  expect(isFault(error)).toBe(expected);
});

test.each([
  [
    'an older CRD, with the way out first',
    undeclared,
    'the custom resource definition in the cluster is older than the operator: kubectl apply --server-side -f crds/; failed to create typed patch object (shop/orders; opta.dev/v1alpha1, Kind=Queue): .status.url: field not declared in schema',
  ],
  ['anything else', refused(422), 'the operator failed on this object and tries again: no'],
])('a person is told of %s', (_, error, says) => {
  expect(faultMessage(error)).toBe(says);
});
