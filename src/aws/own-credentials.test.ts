import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { inTime, ownCredentials } from './own-credentials.ts';
import { shareCredentials } from './shared-credentials.ts';

const MINUTE = 60_000;
const LATE = {
  class: 'Transient',
  refused: true,
  message: expect.stringMatching(/no credentials within 20 s/),
};

describe('a source that does not answer', () => {
  const clock = createFakeClock();
  const state = { isSilent: false, asked: 0 };
  const of = shareCredentials(
    inTime(async () => {
      state.asked += 1;
      if (state.isSilent) return new Promise<AwsCredentialIdentity>(() => {});
      return {
        accessKeyId: `key-${state.asked}`,
        secretAccessKey: 's',
        expiration: new Date(clock.now() + 60 * MINUTE),
      };
    }, clock),
    clock,
  );

  test('leaves the old ones while they last, then fails all who wait for it, and is asked again', async () => {
    await of();
    expect(clock.pending).toBe(0);
    state.isSilent = true;
    await clock.advance(56 * MINUTE);
    const old = of();
    await clock.advance(20_000);
    expect((await old).accessKeyId).toBe('key-1');

    await clock.advance(4 * MINUTE);
    const failed = Promise.all([1, 2].map(() => expect(of()).rejects.toMatchObject(LATE)));
    await clock.advance(20_000);
    await failed;
    expect([state.asked, clock.pending]).toEqual([3, 0]);

    state.isSilent = false;
    expect((await of()).accessKeyId).toBe('key-4');
  });
});

describe('of the SDK’s chain', () => {
  let isSilent = true;
  let asked = 0;
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opta-own-credentials-'));
    await writeFile(join(folder, 'token'), 'token');
    server = createServer((_, response) => {
      asked += 1;
      if (!isSilent)
        response.end(
          JSON.stringify({
            AccessKeyId: 'ASIAAGENT',
            SecretAccessKey: 'secret',
            Token: 'token',
            Expiration: '2099-01-01T00:00:00Z',
          }),
        );
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    [isSilent, asked] = [true, 0];
    const none = join(folder, 'none');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', none);
    vi.stubEnv('AWS_CONFIG_FILE', none);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function withHandler<T>(use: (chain: AwsCredentialIdentityProvider) => Promise<T>): Promise<T> {
    const handler = new NodeHttpHandler({ requestTimeout: 100, throwOnRequestTimeout: true });
    try {
      return await use(ownCredentials(handler));
    } finally {
      handler.destroy();
    }
  }

  test('a silent STS is given up as any other call, without a repeat that nobody sees', async () => {
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::111122223333:role/opta');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
    vi.stubEnv('AWS_ENDPOINT_URL_STS', url());
    await withHandler(chain => expect(chain()).rejects.toThrow(/did not return|timed out|timeout/i));
    expect(asked).toBe(1);
  });

  test('a silent agent of Pod Identity holds up nobody who asks later', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url()}/v1/credentials`);
    const clock = createFakeClock();
    await withHandler(async chain => {
      const provider = inTime(chain, clock);
      const failed = expect(provider()).rejects.toMatchObject(LATE);
      await expect.poll(() => asked).toBe(1);
      await clock.advance(20_000);
      await failed;
      isSilent = false;
      expect(await provider()).toMatchObject({ accessKeyId: 'ASIAAGENT' });
    });
  });
});
