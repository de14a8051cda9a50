import type { DescribeVpcAttributeCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { CloudError } from '../../engine/errors.ts';
import { createFakeClock } from '../../engine/testing/fake-clock.ts';
import { createVpcDns } from './vpc-dns.ts';

const LATER_MS = 5 * 60_000;

/** A region whose VPCs have their DNS on, or as `off` says. */
function region() {
  const off = new Set<string>();
  const gone = new Set<string>();
  let asked: string[] = [];
  const send = async ({ input }: { input: DescribeVpcAttributeCommandInput }) => {
    const { VpcId = '', Attribute } = input;
    asked.push(VpcId);
    if (gone.has(VpcId)) throw new CloudError('NotFound', `${VpcId} does not exist`);
    const Value = !off.has(VpcId);
    return Attribute === 'enableDnsSupport'
      ? { EnableDnsSupport: { Value } }
      : { EnableDnsHostnames: { Value } };
  };
  const clock = createFakeClock();
  const dns = createVpcDns({ send } as unknown as EC2Client, clock);
  return {
    off,
    gone,
    clock,
    dns,
    /** One look at each, as objects that are due at once take it; answers which VPCs were asked, and which seemed to be off. */
    async look(all: readonly string[]) {
      asked = [];
      const found = await Promise.all(all.map(vpcId => dns.of(vpcId, all, 'shared')));
      const seenOff = all.filter(
        (_, n) => found[n]?.dnsSupport === false && found[n]?.dnsHostnames === false,
      );
      return { asked: [...new Set(asked)], calls: asked.length, seenOff };
    },
  };
}

const some = (count: number) => Array.from({ length: count }, (_, n) => `vpc-${n}`);

describe('a shared look', () => {
  test.each([1, 6])('at %s VPCs asks all of them, each time', async count => {
    const { look, off, clock } = region();
    await look(some(count));
    await clock.advance(LATER_MS);
    off.add('vpc-0');
    expect(await look(some(count))).toEqual({ asked: some(count), calls: 2 * count, seenOff: ['vpc-0'] });
  });

  test('at twenty asks six of them, until all had their turn', async () => {
    const { look, off, clock } = region();
    const all = some(20);
    expect((await look(all)).calls).toBe(40);
    off.add('vpc-19');
    const asked: string[] = [];
    const seenOff: string[] = [];
    for (let n = 0; n < 4; n++) {
      await clock.advance(LATER_MS);
      const one = await look(all);
      expect(one.calls).toBe(12);
      asked.push(...one.asked);
      seenOff.push(...one.seenOff);
    }
    expect(new Set(asked)).toEqual(new Set(all));
    expect(seenOff).toEqual(['vpc-19']);
  });

  test('within the time of a list asks none again', async () => {
    const { look, clock } = region();
    await look(some(2));
    await clock.advance(LATER_MS);
    await look(some(2));
    await clock.advance(14_999);
    expect((await look(some(2))).calls).toBe(0);
  });

  test('asks for one that is not known, and forgets what is no more', async () => {
    const { look, gone, dns, clock } = region();
    await look(some(2));
    expect((await look(some(3))).asked).toEqual(['vpc-2']);
    gone.add('vpc-0');
    await clock.advance(LATER_MS);
    await look(some(3));
    expect(await dns.of('vpc-0', some(3), 'shared')).toBeUndefined();
  });
});

test('what was written, and what a write is decided on, is asked anew', async () => {
  const { look, off, dns } = region();
  await look(some(20));
  off.add('vpc-3').add('vpc-4');
  expect(await dns.of('vpc-3', some(20), 'fresh')).toEqual({ dnsSupport: false, dnsHostnames: false });
  expect((await look(some(20))).seenOff).toEqual(['vpc-3']);
  dns.forget('vpc-4');
  expect((await look(some(20))).seenOff).toEqual(['vpc-3', 'vpc-4']);
});
