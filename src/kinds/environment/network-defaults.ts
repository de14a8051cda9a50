import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { VpcState } from '../../aws/ec2/vpc.ts';
import type { LogGroupState } from '../../aws/logs/log-group.ts';
import type { DefaultField } from '../../engine/pass.ts';
import { FLOW_LOG_GROUP } from './flow-logs.ts';
import { layoutOf } from './layout.ts';

/** What the attributes of resources tell is asked of them; that one is not there may only mean that it was not made yet. */
export function networkDefaults({ network, kubernetes }: OptaEnvironmentSpec): readonly DefaultField[] {
  const enabled: DefaultField = {
    field: 'network.enabled',
    // Admission asks for `kubernetes`: without it the object is older than networks are, and gets none by surprise.
    value: kubernetes !== undefined,
    probe: kubernetes !== undefined,
    observed: seen => (seen.id('vpc') === undefined ? undefined : true),
  };
  if (network?.enabled === false || network?.existing !== undefined) return [enabled];
  return [
    enabled,
    {
      field: 'network.cidr',
      value: '10.0.0.0/16',
      observed: seen => seen.state<VpcState>('vpc')?.cidr,
      fixedBy: 'vpc',
    },
    // Looked at with the least of what others wait for: with more zones than there are, the cluster would never be known.
    {
      field: 'network.availabilityZones',
      value: 3,
      probe: 2,
      observed: seen => layoutOf(seen, 'vpc', 'zones'),
      fixedBy: 'vpc',
    },
    {
      field: 'network.natGateways',
      value: 'PerZone',
      probe: 'None',
      observed: seen => layoutOf(seen, 'vpc', 'nat'),
    },
    {
      field: 'network.flowLogs.mode',
      value: 'Enabled',
      probe: 'Enabled',
      observed: seen => layoutOf(seen, 'vpc', 'flowLogs'),
    },
    {
      field: 'network.flowLogs.retentionDays',
      value: 90,
      observed: seen => seen.state<LogGroupState>(FLOW_LOG_GROUP)?.retentionDays,
    },
    {
      field: 'network.gatewayEndpoints',
      value: ['s3'],
      probe: [],
      observed: seen => layoutOf(seen, 'vpc', 'endpoints'),
    },
  ];
}
