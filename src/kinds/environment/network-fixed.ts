import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { FixedField } from '../fixed.ts';
import { subnetCidrs } from './cidrs.ts';
import { madeNetwork } from './network-spec.ts';
import type { Input } from './node.ts';

/** Amazon VPC User Guide: neither a VPC nor a subnet can be moved to another range, nor a subnet to another zone. */
export const NETWORK_FIXED: readonly FixedField<OptaEnvironmentSpec>[] = [
  { field: 'network.cidr', node: 'vpc', value: ({ spec }) => madeNetwork(spec)?.cidr },
  {
    field: 'network.availabilityZones',
    node: 'vpc',
    value: ({ spec }) => madeNetwork(spec)?.availabilityZones,
  },
  ranges('publicSubnetCidrs', 'publicCidrs'),
  ranges('privateSubnetCidrs', 'privateCidrs'),
];

function ranges(
  field: 'publicSubnetCidrs' | 'privateSubnetCidrs',
  computed: 'publicCidrs' | 'privateCidrs',
): FixedField<OptaEnvironmentSpec> {
  const unset = ({ spec }: Input) => {
    const { cidr, availabilityZones } = madeNetwork(spec) ?? {};
    if (cidr === undefined || availabilityZones === undefined) return undefined;
    return subnetCidrs(cidr, availabilityZones)?.[computed];
  };
  return {
    field: `network.${field}`,
    node: 'vpc',
    value: input => madeNetwork(input.spec)?.[field] ?? unset(input),
    unset,
  };
}
