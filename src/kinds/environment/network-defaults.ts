import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { VpcState } from '../../aws/ec2/vpc.ts';
import type { LogGroupState } from '../../aws/logs/log-group.ts';
import type { DefaultField } from '../../engine/pass.ts';
import { FLOW_LOG_GROUP } from './flow-logs.ts';

/** What the attributes of resources tell is asked of them; that one is not there may only mean that it was not made yet. */
export function networkDefaults({ network, kubernetes }: OptaEnvironmentSpec): readonly DefaultField[] {
  const enabled: DefaultField = {
    field: 'network.enabled',
    // Admission asks for `kubernetes`: without it the object is older than networks are, and gets none by surprise.
    value: kubernetes !== undefined,
  };
  if (network?.enabled === false || network?.existing !== undefined) return [enabled];
  return [
    enabled,
    { field: 'network.cidr', value: '10.0.0.0/16', observed: seen => seen.state<VpcState>('vpc')?.cidr },
    { field: 'network.availabilityZones', value: 3 },
    { field: 'network.natGateways', value: 'PerZone' },
    { field: 'network.flowLogs.mode', value: 'Enabled' },
    {
      field: 'network.flowLogs.retentionDays',
      value: 90,
      observed: seen => seen.state<LogGroupState>(FLOW_LOG_GROUP)?.retentionDays,
    },
    { field: 'network.gatewayEndpoints', value: ['s3'] },
  ];
}
