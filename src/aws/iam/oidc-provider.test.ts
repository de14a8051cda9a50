import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type OidcProviderDesired, type OidcProviderState, oidcProviderAdaptor } from './oidc-provider.ts';
import { tagList } from './tags.ts';

const STS = 'sts.amazonaws.com';
const issuerIn = (world: World) =>
  `https://oidc.eks.eu-central-1.amazonaws.com/id/${world.unique.toUpperCase()}`;

conformance<OidcProviderDesired, OidcProviderState, object>(
  oidcProviderAdaptor,
  {
    prepare: async () => ({}),
    name: issuerIn,
    desired: (_, world) => ({ issuer: issuerIn(world), audiences: [STS] }),
    createdBy: 'CreateOpenIDConnectProvider',
    fields: { audiences: desired => ({ ...desired, audiences: ['another'] }) },
    drift: {
      audiences: async ({ scope }, { id }) => {
        const at = { OpenIDConnectProviderArn: id };
        await scope.iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...at, ClientID: 'another' }));
        await scope.iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...at, ClientID: STS }));
      },
    },
    foreign: ({ scope }, Url, tags) =>
      scope.iam.send(
        new CreateOpenIDConnectProviderCommand({
          Url,
          ClientIDList: [STS],
          ...(tags === undefined ? {} : { Tags: tagList(tags) }),
        }),
      ),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    test('the issuer of another cluster is another provider, and the old one is still known', async () => {
      const { scope, identity, tags, unique } = await bench().world();
      const before = { issuer: `https://example.com/id/${unique}`, audiences: [STS] };
      const made = await oidcProviderAdaptor.create(scope, identity(), before, tags());
      const desired = { ...before, issuer: `${before.issuer}-2` };
      const look = { desired, recorded: [], freshness: 'fresh' } as const;
      const [found] = await oidcProviderAdaptor.find(scope, identity({ id: made.id }), look);
      expect(found?.id).toBe(made.id);
      expect(found && oidcProviderAdaptor.diff(desired, found.state, [])).toMatchObject([
        { field: 'issuer', replace: true },
      ]);
    });

    test.each([
      ['somebody else’s is not for our tokens', ['another'], {}, 'failed'],
      ['somebody else’s is for others too', ['another', STS], {}, 'ready'],
      ['ours lacks it, which an update puts right', ['another'], undefined, 'ready'],
    ] as const)('%s', async (_, audiences, tagged, is) => {
      const { scope, identity, tags, unique } = await bench().world();
      const desired = { issuer: `https://example.com/id/${unique}`, audiences: [STS] };
      await oidcProviderAdaptor.create(scope, identity(), { ...desired, audiences }, tagged ?? tags());
      const look = { desired, recorded: [], freshness: 'fresh' } as const;
      const [found] = await oidcProviderAdaptor.find(scope, identity(), look);
      const readiness = found && oidcProviderAdaptor.readiness(found.state);
      expect(readiness?.is).toBe(is);
      if (readiness?.is === 'failed') expect(readiness.message).toContain(`lacks the client id ${STS}`);
    });

    test('an id in the status that is another’s, or none, hides nothing', async () => {
      const { scope, identity, tags, unique } = await bench().world();
      const desired = { issuer: `https://example.com/id/${unique}`, audiences: [STS] };
      const theirs = `https://example.com/theirs/${unique}`;
      const { OpenIDConnectProviderArn } = await scope.iam.send(
        new CreateOpenIDConnectProviderCommand({ Url: theirs }),
      );
      const made = await oidcProviderAdaptor.create(scope, identity(), desired, tags());
      const look = { desired, recorded: [], freshness: 'fresh' } as const;
      for (const id of [OpenIDConnectProviderArn, 'arn:aws:iam::1:role/x', 'nonsense']) {
        const found = await oidcProviderAdaptor.find(scope, identity({ id }), look);
        expect(found.map(one => one.id)).toEqual([made.id]);
      }
    });
  },
);
