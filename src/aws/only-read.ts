import type { Adaptor } from '../engine/adaptor.ts';

/** What an adaptor answers to writes of a resource that is nobody's of ours: there are none. `why`: for who asks all the same. */
export function onlyRead(why: string): Pick<Adaptor<object, never>, 'diff' | 'create' | 'update' | 'remove'> {
  const refuse = async (): Promise<never> => {
    throw new Error(why);
  };
  return { diff: () => [], create: refuse, update: refuse, remove: refuse };
}
