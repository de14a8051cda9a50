import { GetHostedZoneCommand } from '@aws-sdk/client-route-53';
import { CloudError } from '../../engine/errors.ts';
import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { zonesNamed } from './hosted-zone.ts';
import { domainName, zoneId } from './names.ts';
import { readZoneTags } from './zone-tags.ts';

export interface HoldingZone {
  readonly id: string;
  /** `OptaEnvironment dev`; undefined: its tags do not say. */
  readonly of: string | undefined;
}

/** Each is asked for its name servers: a list does not have them. */
const LOOKED_AT_MOST = 10;

/**
 * The zone of the account that the domain is delegated to by these name servers. A server answers for one zone of a name. Who
 * may not look is told all else.
 */
export async function holdingZone(
  scope: AwsScope,
  domain: string,
  nameServers: readonly string[],
): Promise<HoldingZone | undefined> {
  const key = `route53/holding ${domain} ${nameServers.join()}`;
  try {
    return await scope.listings.get(key, 'shared', () => look(scope, domain, nameServers));
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}

async function look(
  scope: AwsScope,
  domain: string,
  nameServers: readonly string[],
): Promise<HoldingZone | undefined> {
  const ids = (await zonesNamed(scope, domain)).map(zone => zoneId(zone.Id ?? '')).slice(0, LOOKED_AT_MOST);
  const servers = await Promise.all(ids.map(id => serversOf(scope, id)));
  const id = ids.find((_, at) => servers[at]?.some(server => nameServers.includes(server)));
  if (id === undefined) return undefined;
  return { id, of: objectOf((await readZoneTags(scope.route53, id)) ?? {}) };
}

async function serversOf({ route53 }: AwsScope, id: string): Promise<readonly string[]> {
  const zone = await orAbsent(route53.send(new GetHostedZoneCommand({ Id: id })));
  return (zone?.DelegationSet?.NameServers ?? []).map(domainName);
}

function objectOf(tags: Tags): string | undefined {
  const [kind, name] = [tags[`${TAG_PREFIX}kind`], tags[`${TAG_PREFIX}name`]];
  return kind === undefined || name === undefined ? undefined : `${kind} ${name}`;
}
