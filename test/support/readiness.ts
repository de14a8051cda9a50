import type { Condition } from '../../src/kube/conditions.ts';
import type { Call } from '../../src/kube/transport.ts';
import { standing, toldOf } from './snapshot.ts';
import type { Reference, Run } from './story.ts';
import type { TestWorld } from './world.ts';

/** Looks at AWS whenever an object is about to be called Ready for the last spec of its story. */
export interface Witness {
  /** Before a write to the API server is sent. */
  see(call: Call): Promise<void>;
  /** What was called ready, or in sync, and was not. */
  readonly lies: readonly string[];
  /** How often it looked. */
  readonly looks: number;
}

interface StatusBody {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export function createWitness(world: TestWorld, reference: Reference, run: Run): Witness {
  const told = new Set<string>();
  const lies: string[] = [];
  let looks = 0;
  return {
    lies,
    get looks() {
      return looks;
    },
    async see({ path, body }) {
      if (!path.endsWith('/status') || run.done < run.story.acts.length) return;
      const { kind, metadata, status } = body as StatusBody;
      const who = `${kind} ${metadata.name}`;
      const end = reference.things.get(who);
      const turned = (type: string) => {
        const condition = status?.conditions?.find(one => one.type === type);
        const isTrue = condition?.status === 'True' && condition.observedGeneration === end?.generation;
        const isNew = isTrue && !told.has(`${who} ${type}`);
        if (isTrue) told.add(`${who} ${type}`);
        else told.delete(`${who} ${type}`);
        return isNew;
      };
      const [ready, synced] = [turned('Ready'), turned('Synced')];
      if (end === undefined || !(ready || synced)) return;
      looks += 1;
      const now = toldOf(await standing(world), { kind, name: metadata.name });
      for (const line of end.lines)
        if (!now.includes(line)) lies.push(`${who} was called ready, and AWS had not ${line}`);
      // What is to go may still be there while the rest is ready, but not once all is said to be as the spec says.
      for (const line of now)
        if (synced && !end.lines.includes(line))
          lies.push(`${who} was called synced, and AWS still had ${line}`);
    },
  };
}
