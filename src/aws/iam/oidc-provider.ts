import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
} from '@aws-sdk/client-iam';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { identityTags, type Tags } from '../../engine/owner.ts';
import { oidcProviderArn, withoutScheme } from '../arn.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { IAM_SETTLE_MS, orExisting, whenVisible } from './iam-errors.ts';
import { tagList, tagsOf } from './tags.ts';

export interface OidcProviderDesired {
  /** URL as the cluster's tokens have it: `https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE`. */
  readonly issuer: string;
  /** Whom tokens may be meant for: `sts.amazonaws.com`, and nobody else. */
  readonly audiences: readonly string[];
}

export interface OidcProviderState {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Audiences that somebody else's lacks, which is not changed. */
  readonly lacks?: readonly string[];
}

/**
 * Its natural key is the issuer, once in an account; a graph does not know it beforehand, so `identity.name` need not
 * be it. Thumbprints are left to IAM, which trusts the certificate authorities of EKS's issuers by itself (IAM API
 * Reference, CreateOpenIDConnectProvider).
 */
export const oidcProviderAdaptor: AwsAdaptor<OidcProviderDesired, OidcProviderState> = {
  type: 'iam/oidc-provider',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  settleMs: IAM_SETTLE_MS,
  find: (scope, identity, { desired }) => find(scope, identity, desired),
  diff,
  create: (scope, _identity, desired, tags) => create(scope, desired, tags),
  update: (scope, found, desired) => update(scope, found, desired),
  async tag({ iam }, { id }, set, unset) {
    const OpenIDConnectProviderArn = id;
    if (Object.keys(set).length > 0)
      await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: tagList(set) }));
    if (unset.length > 0)
      await iam.send(
        new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: [...unset] }),
      );
  },
  async remove(scope, { id }) {
    const command = new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id });
    await scope.iam.send(command);
  },
  readiness({ issuer, lacks = [] }) {
    if (lacks.length === 0) return { is: 'ready' };
    const ids = lacks.join(', ');
    const message = `the IAM OIDC provider of ${issuer} (not made by this operator) lacks the client id ${ids}, which tokens of service accounts are meant for; ask its owner to run aws iam add-client-id-to-open-id-connect-provider for it, with --client-id ${ids}`;
    return { is: 'failed', message };
  },
};

/** One on record that is ours goes before one that the spec asks for: it is to be replaced, not forgotten. */
async function find(
  scope: AwsScope,
  identity: Identity,
  desired: OidcProviderDesired | undefined,
): Promise<readonly Found<OidcProviderState>[]> {
  const { id } = identity;
  // A status can be written by others: what is no such ARN is not asked for, and what is not ours hides nothing.
  const isArn = id?.startsWith(oidcProviderArn(scope, '')) === true;
  const recorded = id === undefined || !isArn ? undefined : await read(scope, id);
  if (recorded !== undefined && (desired === undefined || isOurs(identity, recorded))) return [recorded];
  const named = desired === undefined ? undefined : await read(scope, oidcProviderArn(scope, desired.issuer));
  return [named ?? recorded].filter(one => one !== undefined).map(one => lacking(one, identity, desired));
}

function isOurs({ owner, node }: Identity, { tags }: Found<OidcProviderState>): boolean {
  const wanted = Object.entries(identityTags(owner, node));
  return tags !== 'inherited' && wanted.every(([key, value]) => tags[key] === value);
}

function lacking(
  found: Found<OidcProviderState>,
  identity: Identity,
  desired: OidcProviderDesired | undefined,
): Found<OidcProviderState> {
  const lacks = (desired?.audiences ?? []).filter(one => !found.state.audiences.includes(one));
  return lacks.length === 0 || isOurs(identity, found)
    ? found
    : { ...found, state: { ...found.state, lacks } };
}

async function read({ iam }: AwsScope, arn: string): Promise<Found<OidcProviderState> | undefined> {
  const answer = await orAbsent(
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  );
  if (answer === undefined) return undefined;
  return foundOf(arn, tagsOf(answer.Tags), {
    issuer: `https://${withoutScheme(answer.Url ?? '')}`,
    audiences: answer.ClientIDList ?? [],
  });
}

function foundOf(arn: string, tags: Tags, state: OidcProviderState): Found<OidcProviderState> {
  return { id: arn, arn, name: state.issuer, tags, state };
}

function diff(desired: OidcProviderDesired, state: OidcProviderState): readonly Change[] {
  const changes = replacing(['issuer'], desired, state);
  const [from, to] = [[...state.audiences].sort(), [...desired.audiences].sort()];
  if (from.join() !== to.join()) changes.push({ field: 'audiences', from, to, risk: 'Low' });
  return changes;
}

async function create(
  scope: AwsScope,
  { issuer, audiences }: OidcProviderDesired,
  tags: Tags,
): Promise<Found<OidcProviderState>> {
  const arn = oidcProviderArn(scope, issuer);
  const command = new CreateOpenIDConnectProviderCommand({
    Url: issuer,
    ClientIDList: [...audiences],
    Tags: tagList(tags),
  });
  try {
    await scope.iam.send(command);
    return foundOf(arn, tags, { issuer, audiences });
  } catch (error) {
    return orExisting(error, `OpenID Connect provider ${issuer}`, async () => {
      const existing = await read(scope, arn);
      return existing === undefined ? [] : [existing];
    });
  }
}

async function update(
  { iam }: AwsScope,
  found: Found<OidcProviderState>,
  { audiences }: OidcProviderDesired,
): Promise<Found<OidcProviderState>> {
  const OpenIDConnectProviderArn = found.id;
  const had = found.state.audiences;
  for (const ClientID of audiences.filter(one => !had.includes(one)))
    await whenVisible(
      iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID })),
      OpenIDConnectProviderArn,
    );
  for (const ClientID of had.filter(one => !audiences.includes(one)))
    await orAbsent(
      iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID })),
    );
  return { ...found, state: { ...found.state, audiences } };
}
