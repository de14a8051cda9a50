import type { Place } from '../../../aws/arn.ts';
import type { IdentityStatement } from '../../../aws/policy.ts';
import { inlinePolicy, type RolePolicies } from './role-policies.ts';
import { type ServiceAccount, trustServiceAccount } from './trust.ts';

/**
 * ExternalDNS, "Setting up ExternalDNS for Services on AWS", in one zone. Zones have no resource level in their list.
 * `within`: of a zone that others have names in too, only these are written.
 */
export function externalDnsRole(
  place: Place,
  account: ServiceAccount,
  zoneId: string,
  within?: string,
): RolePolicies {
  const zone = `arn:${place.partition}:route53:::hostedzone/${zoneId}`;
  return {
    trust: trustServiceAccount(place, account),
    managedPolicyArns: [],
    inlinePolicies: {
      zone: inlinePolicy(
        {
          Sid: 'ThisZone',
          Effect: 'Allow',
          Action: [
            ...(within === undefined ? ['route53:ChangeResourceRecordSets'] : []),
            'route53:ListResourceRecordSets',
            'route53:ListTagsForResource',
            'route53:ListTagsForResources',
          ],
          Resource: zone,
        },
        ...(within === undefined ? [] : [changesWithin(zone, within)]),
        { Sid: 'FindZones', Effect: 'Allow', Action: 'route53:ListHostedZones*', Resource: '*' },
      ),
    },
  };
}

/**
 * Amazon Route 53 Developer Guide, "Using IAM policy conditions for fine-grained access control". ExternalDNS marks a record
 * by a TXT record whose name begins with the record's type.
 */
function changesWithin(zone: string, domain: string): IdentityStatement {
  const marks = ['a', 'aaaa', 'cname'].map(type => `${type}-${domain}`);
  return {
    Sid: 'ThisDomain',
    Effect: 'Allow',
    Action: 'route53:ChangeResourceRecordSets',
    Resource: zone,
    Condition: {
      'ForAllValues:StringLike': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': [domain, `*.${domain}`, ...marks],
      },
    },
  };
}
