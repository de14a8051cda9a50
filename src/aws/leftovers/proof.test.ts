import { describe, expect, test } from 'vitest';
import type { Tags } from '../../engine/owner.ts';
import { isLeftOf, madeFor } from './proof.ts';

const OWNED = { 'kubernetes.io/cluster/shop': 'owned' };
const NAMED = { 'elbv2.k8s.aws/cluster': 'shop' };

describe('whether the tags prove that it was made for the cluster shop alone', () => {
  test.each<readonly [string, Tags, boolean]>([
    ['none', {}, false],
    ['owned by it', OWNED, true],
    ['made by its load balancer controller', NAMED, true],
    ['made by its network plugin', { 'cluster.k8s.amazonaws.com/name': 'shop' }, true],
    ['all of these', { ...OWNED, ...NAMED, 'cluster.k8s.amazonaws.com/name': 'shop' }, true],
    ['with others besides', { ...OWNED, Name: 'web', 'kubernetes.io/service-name': 'shop/web' }, true],
    ['shared with it', { 'kubernetes.io/cluster/shop': 'shared' }, false],
    ['neither owned nor shared', { 'kubernetes.io/cluster/shop': '' }, false],
    ['owned, in other letters', { 'kubernetes.io/cluster/shop': 'Owned' }, false],
    ['owned by another', { 'kubernetes.io/cluster/shop-2': 'owned' }, false],
    ['owned by one whose name begins alike', { 'kubernetes.io/cluster/sho': 'owned' }, false],
    ['made by the controller of another', { 'elbv2.k8s.aws/cluster': 'shop-2' }, false],
    ['owned by two', { ...OWNED, 'kubernetes.io/cluster/shop-2': 'owned' }, false],
    ['owned by it and shared with another', { ...OWNED, 'kubernetes.io/cluster/shop-2': 'shared' }, false],
    ['owned by it, made by the controller of another', { ...OWNED, 'elbv2.k8s.aws/cluster': 'b' }, false],
    ['shared with it, made by its controller', { ...NAMED, 'kubernetes.io/cluster/shop': 'shared' }, false],
    ['made by this operator', { ...OWNED, 'opta.dev/installation': 'test' }, false],
    ['only for a Service of that name', { 'kubernetes.io/service-name': 'shop/web' }, false],
  ])('%s', (_, tags, proved) => {
    expect(isLeftOf('shop', tags)).toBe(proved);
  });
});

test.each<readonly [Tags, string | undefined]>([
  [{ 'kubernetes.io/service-name': 'shop/web' }, 'Service shop/web'],
  [{ 'service.k8s.aws/stack': 'shop/web' }, 'Service shop/web'],
  [{ 'ingress.k8s.aws/stack': 'shop/site' }, 'Ingress shop/site'],
  [OWNED, undefined],
])('%o was made for %s', (tags, object) => {
  expect(madeFor(tags)).toBe(object);
});
