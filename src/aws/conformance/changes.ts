import { expect, test } from 'vitest';
import type { Harness } from './harness.ts';

/** What differs is named, by the field, and made as it is wanted in place; what is not ours to say stays. */
export function changes<D, S, P>(harness: Harness<D, S, P>): void {
  const { adaptor, cases, findOne, converge, made } = harness;

  for (const [field, change] of Object.entries(cases.fields)) {
    test(`${field} changes in place, there and back`, async () => {
      const at = await made();
      const other = change(at.desired, at.parts);
      const keys = adaptor.optionalKeys?.(other) ?? [];
      const due = adaptor.diff(other, at.found.state, keys);
      expect(due.map(one => one.field)).toContain(field);
      expect(due.some(one => one.replace === true)).toBe(false);
      const there = await converge(at, other, at.found, keys);
      expect(there.id).toBe(at.found.id);
      expect(adaptor.diff(at.desired, there.state, keys).map(one => one.field)).toContain(field);
      await converge(at, at.desired, there, keys);
    });
  }

  optionals(harness);

  for (const [field, byHand] of Object.entries(cases.drift)) {
    test(`a change of ${field} by hand is seen and corrected`, async () => {
      const at = await made();
      await byHand(at.world, at.found, at.parts);
      const drifted = await findOne(at, [], at.found.id);
      const due = adaptor.diff(at.desired, drifted.state, []);
      expect(due.map(one => one.field)).toContain(field);
      expect(due.every(one => one.from !== undefined || one.to !== undefined)).toBe(true);
      await converge(at, at.desired, drifted);
    });
  }

  for (const [what, rewrite] of Object.entries(cases.rewritten ?? {})) {
    test(`the same in AWS's other words is no difference: ${what}`, async () => {
      const at = await made();
      const rewritten = rewrite(at.found.state);
      expect(rewritten, 'the case changes nothing').not.toEqual(at.found.state);
      expect(adaptor.diff(at.desired, rewritten, [])).toEqual([]);
    });
  }
}

function optionals<D, S, P>({ adaptor, cases, findOne, converge, made }: Harness<D, S, P>): void {
  for (const [key, option] of Object.entries(cases.optional ?? {})) {
    const keys = option.keys ?? [key];

    test(`optional ${key}: set, and then dropped, it is AWS's default again`, async () => {
      const at = await made();
      const other = option.with(at.desired, at.parts);
      expect(adaptor.optionalKeys?.(other)).toEqual(expect.arrayContaining([...keys]));
      expect(adaptor.optionalKeys?.(at.desired) ?? []).not.toEqual(expect.arrayContaining([key]));
      const there = await converge(at, other, at.found, keys);
      expect(adaptor.diff(at.desired, there.state, keys).map(one => one.field)).toContain(key);
      const back = await converge(at, at.desired, there, keys);
      expect(adaptor.diff(other, back.state, keys).map(one => one.field)).toContain(key);
    });

    test(`optional ${key}: never set by us it is left alone`, async () => {
      const at = await made();
      await option.byHand(at.world, at.found, at.parts);
      const seen = await findOne(at, [], at.found.id);
      expect(adaptor.diff(at.desired, seen.state, [])).toEqual([]);
      const [change] = Object.values(cases.fields);
      if (change !== undefined) await converge(at, change(at.desired, at.parts), seen);
      const still = await findOne(at, keys, at.found.id);
      expect(adaptor.diff(at.desired, still.state, keys).map(one => one.field)).toContain(key);
    });
  }
}
