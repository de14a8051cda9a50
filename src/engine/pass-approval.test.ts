import { describe, expect, test } from 'vitest';
import { converge, NotQuiet, nextLook } from './testing/converge.ts';
import { BOX, calls, changed, drift, GATE, KEY, later, NET, QUEUE, settled } from './testing/stories.ts';
import { approve, passOnce, respecify, restart, type World } from './testing/world.ts';

describe('approval', () => {
  const CHANGED = [changed(NET, { shape: '2' }), GATE, changed(BOX, { a: '2' })];

  test('one covers all steps of a change, also after the process ended', async () => {
    const world = await settled([NET, GATE, BOX], { policy: 'ApproveAll' });
    respecify(world, CHANGED);
    const waiting = await converge(world);
    expect(calls(world)).toEqual([]);
    expect(waiting.state.plan?.steps?.map(one => `${one.action} ${one.node}`)).toEqual([
      'replace net',
      'update gate',
      'update box',
    ]);
    const { hash } = world.state.plan ?? {};
    approve(world, hash);
    const asked = world.version;
    await converge(world, {
      kills: [
        { at: 4, point: 'answered' },
        { at: 2, point: 'answered' },
      ],
    });
    expect([world.restarts, world.version]).toEqual([2, asked]);
    expect(new Set(calls(world))).toEqual(new Set(['create net', 'update gate', 'update box', 'remove net']));
    expect(world.state.plan).toEqual({ sequence: 2 });
  });

  test('is stored before it is used', async () => {
    const world = await settled([QUEUE], { policy: 'ApproveAll' });
    respecify(world, [changed(QUEUE, { a: '2' })]);
    await converge(world);
    approve(world, world.state.plan?.hash);
    world.log.length = 0;
    await passOnce(world);
    expect(world.log).toEqual(['save', 'update queue', 'save']);
  });

  describe.each(['ApproveAll', 'Apply'] as const)('of the removal of data, under %s,', policy => {
    const USER = { ...QUEUE, uses: ['key'] };

    test('is carried out once AWS must know that nothing uses them any more', async () => {
      const world = await settled([KEY, USER], { policy });
      respecify(world, [QUEUE]);
      const waiting = await passOnce(world);
      expect(waiting?.gated.map(({ step }) => `${step.action} ${step.node}`)).toContain('remove key');
      approve(world, world.state.plan?.hash);
      await passOnce(world);
      expect(calls(world)).toEqual(['update queue']);
      // A queue settles in 60 s, and so long its record says what may be used.
      expect(world.state.resources.find(one => one.node === 'queue')?.after).toEqual(['key']);
      world.now += 50_000;
      const held = await passOnce(world);
      expect([calls(world), nextLook(held as never)]).toEqual([['update queue'], 10_000]);
      world.now += 10_000;
      await passOnce(world);
      expect(calls(world)).toEqual(['update queue', 'remove key']);
      expect(world.state.resources.find(one => one.node === 'queue')?.after).toEqual([]);
    });

    test('is carried out no sooner where it was given up before it was not wanted any more', async () => {
      const world = await settled([KEY, USER], { policy });
      respecify(world, [KEY, QUEUE]);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      await passOnce(world);
      expect(calls(world)).toEqual(['update queue']);
      world.now += 10_000;
      respecify(world, [QUEUE]);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      await passOnce(world);
      expect(calls(world)).toEqual(['update queue']);
      world.now += 50_000;
      await passOnce(world);
      expect(calls(world)).toEqual(['update queue', 'remove key']);
    });

    test('is carried out by a process that does not know when', async () => {
      const world = await settled([KEY, USER], { policy });
      respecify(world, [QUEUE]);
      await passOnce(world);
      approve(world, world.state.plan?.hash);
      await passOnce(world);
      restart(world);
      world.now += 1_000;
      await passOnce(world);
      expect(calls(world)).toEqual(['update queue']);
      await converge(world);
      expect(calls(world)).toEqual(['update queue', 'remove key']);
    });
  });

  test('what holds no data goes at once', async () => {
    const world = await settled([
      { ...QUEUE, id: 'topic' },
      { ...QUEUE, uses: ['topic'] },
    ]);
    respecify(world, [QUEUE]);
    await passOnce(world);
    expect(calls(world)).toEqual(['update queue', 'remove topic']);
  });

  test('left in place it approves nothing later', async () => {
    const world = await settled([QUEUE], { policy: 'ApproveAll' });
    respecify(world, [changed(QUEUE, { a: '2' })]);
    await converge(world);
    const { hash } = world.state.plan ?? {};
    approve(world, hash);
    await converge(world);
    expect(calls(world)).toEqual(['update queue']);
    later(world);
    for (const a of ['1', '3']) {
      drift(world, 'queue', { a });
      later(world);
      const result = await converge(world);
      expect(result.gated.map(one => one.gate)).toEqual(['approve']);
    }
    expect([calls(world), world.approve]).toEqual([['update queue'], hash]);
  });

  test('ends with the generation', async () => {
    const world = await settled([NET], { policy: 'ApproveAll' });
    respecify(world, [changed(NET, { shape: '2' })]);
    await converge(world);
    approve(world, world.state.plan?.hash);
    world.edit = { at: world.writes + 1, change: now => respecify(now, [changed(NET, { shape: '3' })]) };
    await converge(world);
    expect(calls(world)).toEqual([]);
    expect(world.state.plan).toMatchObject({ sequence: 3, generation: 3 });
    expect(world.state.plan).not.toHaveProperty('approval');
  });

  test('is not voided by what comes up meanwhile, and does not approve it', async () => {
    const world = await settled([NET, QUEUE], { policy: 'ApproveAll' });
    respecify(world, [changed(NET, { shape: '2' }), QUEUE]);
    await converge(world);
    approve(world, world.state.plan?.hash);
    drift(world, 'queue', { a: '9' });
    const result = await converge(world);
    expect(calls(world)).toEqual(['create net', 'remove net']);
    expect(result.gated.map(({ step }) => step.node)).toEqual(['queue']);
  });

  describe('of a change', () => {
    const USER = { ...QUEUE, id: 'user', uses: ['queue'] };
    const RISKY = changed(QUEUE, { risky: '1' });

    test('holds up nothing that uses the resource as it is', async () => {
      const world = await settled([QUEUE, USER], { policy: 'ApproveHighRisk' });
      respecify(world, [RISKY, changed(USER, { a: '2' })]);
      await converge(world);
      expect(calls(world)).toEqual(['update user']);
      drift(world, 'user', { a: '9' });
      later(world);
      const result = await converge(world);
      expect(calls(world)).toEqual(['update user', 'update user']);
      expect(result.gated.map(({ gate, step }) => `${gate} ${step.node}`)).toEqual(['approve queue']);
      approve(world, world.state.plan?.hash);
      await converge(world);
      expect(calls(world).at(-1)).toBe('update queue');
    });

    test('does so while it is small in part: that is done before', async () => {
      const world = await settled([QUEUE, USER], { policy: 'ApproveHighRisk' });
      respecify(world, [changed(RISKY, { a: '2' }), changed(USER, { a: '2' })]);
      await converge(world);
      expect(calls(world)).toEqual(['update queue', 'update user']);
    });

    test('once it is there, what is used is changed before what uses it', async () => {
      const world = await settled([QUEUE, USER], { policy: 'ApproveAll' });
      respecify(world, [RISKY, changed(USER, { a: '2' })]);
      await converge(world);
      expect(calls(world)).toEqual([]);
      approve(world, world.state.plan?.hash);
      await converge(world);
      expect(calls(world)).toEqual(['update queue', 'update user']);
    });

    test('to another resource in its place holds up nothing that is only made after it', async () => {
      const after = { ...QUEUE, id: 'after', after: ['queue'] };
      const world = await settled([QUEUE, after]);
      respecify(world, [changed(QUEUE, { shape: '2' }), changed(after, { a: '2' })]);
      const result = await converge(world);
      expect(calls(world)).toEqual(['update after']);
      expect(result.gated.map(({ step }) => `${step.action} ${step.node}`)).toEqual(['replace queue']);
      drift(world, 'after', { a: '9' });
      approve(world, world.state.plan?.hash);
      later(world);
      await converge(world);
      expect(calls(world).slice(1)).toEqual(['remove queue', 'create queue', 'update after']);
    });

    test('holds up what would use another resource in its place', async () => {
      const world = await settled([QUEUE, USER]);
      respecify(world, [changed(QUEUE, { shape: '2' }), changed(USER, { a: '2' })]);
      await converge(world);
      expect(calls(world)).toEqual([]);
    });
  });

  describe('is of what was shown', () => {
    test('what a replacement made is changed by another approval while the old one is still there', async () => {
      const world = await settled([NET], { policy: 'ApproveAll' });
      respecify(world, [changed(NET, { shape: '2', risky: '1' })]);
      await converge(world);
      approve(world, world.state.plan?.hash);
      world.cloud.fault = call => (call.operation === 'remove' ? 'refused' : 'none');
      await expect(converge(world, { passes: 6 })).rejects.toThrow(NotQuiet);
      expect(calls(world)).toEqual(['create net']);
      later(world);
      // As what refers to the object may ask for.
      world.spec = [changed(NET, { shape: '2', risky: '2' })];
      await converge(world);
      expect(calls(world)).toEqual(['create net']);
      expect(world.state.plan?.steps?.map(one => [one.action, one.epoch, one.approved])).toEqual([
        ['remove', 1, true],
        ['update', 2, undefined],
      ]);
      world.cloud.fault = () => 'none';
      await converge(world, { approving: true });
      expect(calls(world)).toEqual(['create net', 'update net', 'remove net']);
      // The approval of the removal is the first one still.
      expect(world.state.plan).toEqual({ sequence: 3 });
    });

    test('what is known after apply says nothing of another field', async () => {
      const world = await settled([NET, GATE], { policy: 'ApproveAll' });
      respecify(world, [changed(NET, { shape: '2' }), GATE]);
      await converge(world);
      approve(world, world.state.plan?.hash);
      drift(world, 'gate', { b: '9' });
      world.spec = [changed(NET, { shape: '2' }), changed(GATE, { b: '1' })];
      const result = await converge(world);
      expect(calls(world)).toEqual(['create net']);
      expect(result.gated.map(({ gate, step }) => `${gate} ${step.action} ${step.node}`)).toEqual([
        'approve update gate',
      ]);
      await converge(world, { approving: true });
      expect(calls(world)).toEqual(['create net', 'update gate', 'remove net']);
    });

    test('with the tags of what waits', async () => {
      const world = await settled([NET, GATE], { policy: 'ApproveAll' });
      respecify(world, [changed(NET, { shape: '2' }), { ...GATE, tags: { team: 'red' } }]);
      await converge(world);
      approve(world, world.state.plan?.hash);
      await converge(world);
      expect(new Set(calls(world))).toEqual(new Set(['create net', 'tag gate', 'update gate', 'remove net']));
    });
  });

  describe('of what is held back by something that may go', () => {
    async function held() {
      let inTheWay = false;
      const instead = () => (inTheWay ? QUEUE.fields : undefined);
      const world = await settled([QUEUE], { policy: 'ApproveAll' });
      respecify(world, [{ ...changed(QUEUE, { a: '2' }), instead }]);
      await converge(world);
      const asked = world.state.plan?.hash;
      const block = (is: boolean) => {
        inTheWay = is;
        later(world);
      };
      return { world, asked, block };
    }

    test('lasts until it is done', async () => {
      const { world, asked, block } = await held();
      block(true);
      approve(world, asked);
      for (let turn = 0; turn < 3; turn++) {
        await converge(world);
        later(world);
      }
      expect([calls(world), world.state.plan?.hash]).toEqual([[], asked]);
      block(false);
      await converge(world);
      expect(calls(world)).toEqual(['update queue']);
      // It is used up by then.
      drift(world, 'queue', { a: '1' });
      later(world);
      expect((await converge(world)).gated.map(one => one.gate)).toEqual(['approve']);
    });

    test('ends with the generation all the same', async () => {
      const { world, asked, block } = await held();
      approve(world, asked);
      block(true);
      await converge(world);
      respecify(world, [changed(QUEUE, { a: '2' })]);
      expect((await converge(world)).gated.map(one => one.gate)).toEqual(['approve']);
      expect(calls(world)).toEqual([]);
    });

    test('is of the very change: another one is asked for', async () => {
      const { world, asked, block } = await held();
      block(true);
      approve(world, asked);
      await converge(world);
      block(false);
      drift(world, 'queue', { b: '9' });
      world.spec = [changed(QUEUE, { a: '2', b: '1' })];
      expect((await converge(world)).gated.map(one => one.gate)).toEqual(['approve']);
      expect(calls(world)).toEqual([]);
    });
  });

  describe('of what is weighty alone', () => {
    const RISKY = changed(QUEUE, { a: '2', risky: '1' });
    const shown = (world: World) =>
      world.state.plan?.steps?.map(one => [
        one.action,
        one.fields?.map(({ field }) => field).join(),
        one.risk,
      ]);

    test('the rest is done at once, and what is put right meanwhile asks for no other approval', async () => {
      const world = await settled([QUEUE], { policy: 'ApproveHighRisk' });
      respecify(world, [{ ...RISKY, tags: { team: 'red' } }]);
      const first = await passOnce(world);
      expect(first?.gated.map(({ gate, step }) => `${gate} ${step.risk}`)).toEqual(['approve High']);
      expect([calls(world), shown(world)]).toEqual([
        ['tag queue', 'update queue'],
        [['update', 'risky', 'High']],
      ]);
      const { hash } = world.state.plan ?? {};
      for (const a of ['8', '9']) {
        later(world);
        drift(world, 'queue', { a });
        await converge(world);
      }
      expect([calls(world).length, shown(world), world.state.plan?.hash]).toEqual([
        4,
        [['update', 'risky', 'High']],
        hash,
      ]);
      approve(world, hash);
      await passOnce(world);
      expect(calls(world).length).toBe(5);
      later(world);
      await converge(world);
      expect([calls(world).length, world.state.plan]).toEqual([5, { sequence: 2 }]);
    });

    test('what waits is not on record as ours: taken back, it stays as somebody else has it', async () => {
      const world = await settled([QUEUE], { policy: 'ApproveHighRisk' });
      drift(world, 'queue', { 'opt-risky': 'theirs' });
      respecify(world, [changed(QUEUE, { a: '2', 'opt-risky': 'ours' })]);
      await converge(world);
      respecify(world, [changed(QUEUE, { a: '2' })]);
      await converge(world);
      expect(calls(world)).toEqual(['update queue']);
    });

    test('both in one pass: the rest comes first, and what was agreed to stays where that is refused', async () => {
      const world = await settled([QUEUE], { policy: 'ApproveHighRisk' });
      respecify(world, [changed(QUEUE, { risky: '1' })]);
      await converge(world);
      approve(world, world.state.plan?.hash);
      drift(world, 'queue', { a: '9' });
      const { fault } = world.cloud;
      world.cloud.fault = call => (call.operation === 'update' ? 'refused' : 'none');
      later(world);
      const refused = await passOnce(world);
      expect(refused?.errors.map(({ node }) => node)).toEqual(['queue']);
      world.cloud.fault = fault;
      later(world);
      const both = await passOnce(world);
      expect(both?.done.map(({ risk }) => risk)).toEqual(['Low', 'High']);
    });
  });

  test('under Observe nothing is written, whatever is approved', async () => {
    const world = await settled([QUEUE, NET]);
    world.policy = 'Observe';
    respecify(world, [changed(QUEUE, { a: '2' }), GATE]);
    const result = await converge(world);
    approve(world, world.state.plan?.hash);
    await converge(world);
    expect(result.gated.map(({ gate, step }) => `${gate} ${step.action} ${step.node}`)).toEqual([
      'show update queue',
      'show remove net',
    ]);
    expect(calls(world)).toEqual([]);
  });
});
