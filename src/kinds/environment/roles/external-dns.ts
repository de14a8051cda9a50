import type { Place } from '../../../aws/arn.ts';
import { inlinePolicy, type RolePolicies } from './role-policies.ts';
import { type ServiceAccount, trustServiceAccount } from './trust.ts';

/** ExternalDNS, "Setting up ExternalDNS for Services on AWS", in one zone. Zones have no resource level in their list. */
export function externalDnsRole(place: Place, account: ServiceAccount, zoneId: string): RolePolicies {
  return {
    trust: trustServiceAccount(place, account),
    managedPolicyArns: [],
    inlinePolicies: {
      zone: inlinePolicy(
        {
          Sid: 'ThisZone',
          Effect: 'Allow',
          Action: [
            'route53:ChangeResourceRecordSets',
            'route53:ListResourceRecordSets',
            'route53:ListTagsForResource',
            'route53:ListTagsForResources',
          ],
          Resource: `arn:${place.partition}:route53:::hostedzone/${zoneId}`,
        },
        { Sid: 'FindZones', Effect: 'Allow', Action: 'route53:ListHostedZones*', Resource: '*' },
      ),
    },
  };
}
