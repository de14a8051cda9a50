import { describe, expect, test } from 'vitest';
import { withDefaults } from './defaults.ts';
import { subnetCidrs } from './environment/cidrs.ts';
import { environmentKind } from './environment/environment.ts';
import { type FixedOf, fixedProblem, withFixed } from './fixed.ts';
import type { Kind } from './kind.ts';
import { inputOf } from './testing/graph.ts';

const kind = environmentKind as Kind;
const THREE = subnetCidrs('10.0.0.0/16', 3);
const CHOSEN = { publicCidrs: ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'] };
const OTHERS = {
  publicSubnetCidrs: CHOSEN.publicCidrs,
  privateSubnetCidrs: ['10.0.10.0/24', '10.0.11.0/24', '10.0.12.0/24'],
};
const recordOf = (cidr: string, zones: number) => {
  const ranges = subnetCidrs(cidr, zones);
  return {
    'network.cidr': cidr,
    'network.availabilityZones': zones,
    'network.publicSubnetCidrs': ranges?.publicCidrs,
    'network.privateSubnetCidrs': ranges?.privateCidrs,
  };
};
const DEFAULTS = { 'network.cidr': '10.0.0.0/16', 'network.availabilityZones': 3 };

function of(
  network: object,
  defaults: Readonly<Record<string, unknown>>,
  resources: FixedOf['resources'] = [{ node: 'vpc' }],
) {
  const spec = { network, kubernetes: { enabled: false } };
  const input = (filled: Readonly<Record<string, unknown>>) => ({
    ...inputOf(kind, { spec: {} }),
    spec: withDefaults(spec, filled),
  });
  const of = { fixed: kind.fixed, spec, resources, input };
  const recorded = withFixed(of, defaults, kind.defaults({}, 0));
  return {
    recorded,
    problem: fixedProblem(of, recorded),
  };
}

describe('what was left to its default is as fixed as what was written', () => {
  test.each<[string, object, string, string]>([
    ['fewer zones', { availabilityZones: 2 }, 'availabilityZones', '3'],
    ['more zones', { availabilityZones: 4 }, 'availabilityZones', '3'],
    ['another range', { cidr: '10.1.0.0/16' }, 'cidr', '"10.0.0.0/16"'],
    ['other ranges of subnets', OTHERS, 'publicSubnetCidrs', JSON.stringify(THREE?.publicCidrs)],
    [
      'another range of one tier',
      { publicSubnetCidrs: THREE?.publicCidrs, privateSubnetCidrs: OTHERS.privateSubnetCidrs },
      'privateSubnetCidrs',
      JSON.stringify(THREE?.privateCidrs),
    ],
  ])('%s', (_, network, field, was) => {
    const { problem } = of(network, of({}, DEFAULTS).recorded);
    expect(problem).toMatchObject({ field: `spec.network.${field}`, reason: 'InvalidSpec' });
    expect(problem?.message).toContain(`vpc was made with ${was}; leave it out, or write that`);
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['the defaults, in words', { cidr: '10.0.0.0/16', availabilityZones: 3 }],
    [
      'the computed ranges, in words',
      { publicSubnetCidrs: THREE?.publicCidrs, privateSubnetCidrs: THREE?.privateCidrs },
    ],
    ['no network any more', { enabled: false }],
  ])('taken is %s', (_, network) => {
    expect(of(network, of({}, DEFAULTS).recorded).problem).toBeUndefined();
  });
});

describe('what was written', () => {
  const written = { cidr: '10.7.0.0/16', availabilityZones: 2 };

  test('is on record once it was made', () => {
    expect(of(written, {}).recorded).toEqual(recordOf('10.7.0.0/16', 2));
  });

  test('stays where it is left out, and cannot come back as another one', () => {
    const { recorded } = of(written, {});
    expect(of({}, recorded)).toEqual({ recorded, problem: undefined });
    expect(of({ cidr: '10.8.0.0/16' }, recorded).problem).toMatchObject({ field: 'spec.network.cidr' });
  });

  test('has to stay where AWS could not be asked after a rebuild', () => {
    const { recorded } = of(OTHERS, DEFAULTS);
    expect(recorded).toMatchObject({ 'network.publicSubnetCidrs': OTHERS.publicSubnetCidrs });
    const { problem } = of({}, recorded);
    expect(problem).toMatchObject({ field: 'spec.network.publicSubnetCidrs', reason: 'InvalidSpec' });
    expect(problem?.message).toMatch(/write that again/);
  });
});

describe('before anything was made', () => {
  test('nothing is fixed', () => {
    expect(of({ availabilityZones: 2 }, DEFAULTS, []).problem).toBeUndefined();
  });

  test('ranges of what is gone are none of what comes instead of it', () => {
    const { recorded } = of({}, recordOf('10.0.0.0/16', 3), []);
    expect(recorded).toEqual(DEFAULTS);
  });

  test('what is written is no default, so that the record is of what is made then', () => {
    const { recorded } = of({ availabilityZones: 2 }, DEFAULTS, []);
    expect(recorded).toEqual({ 'network.cidr': '10.0.0.0/16' });
    expect(of({ availabilityZones: 2 }, recorded).recorded).toEqual(recordOf('10.0.0.0/16', 2));
  });
});

describe('the default version of a cluster', () => {
  const reserved = { node: 'cluster', attempts: 0 };
  test.each<[string, FixedOf['resources'], boolean]>([
    ['stays before there is one', [], true],
    ['stays while one is begun', [{ node: 'cluster' }], true],
    ['stays with it', [{ node: 'cluster', id: 'c' }], true],
    ['stays while it makes room for another one', [{ node: 'cluster', id: 'c' }, reserved], true],
    ['goes once it is gone', [{ node: 'key', id: 'k' }, reserved], false],
  ])('%s', (_, resources, stays) => {
    const { recorded } = of(
      {},
      { 'kubernetes.version': '1.33', 'kubernetes.supportType': 'Standard' },
      resources,
    );
    expect('kubernetes.version' in recorded).toBe(stays);
    expect(recorded).toMatchObject({ 'kubernetes.supportType': 'Standard' });
  });
});
