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

/** What stands in a status at the beginning, and stays there while the operator cannot look, is not told anew. */
export async function createWitness(world: TestWorld, reference: Reference, run: Run): Promise<Witness> {
  const told = new Set<string>();
  const lies: string[] = [];
  let looks = 0;

  /** The claim is made for the object as it is at the end, and was not made by the status before. */
  function isNew({ kind, metadata: { name }, status }: StatusBody, type: string): boolean {
    const { generation } = reference.things.get(`${kind} ${name}`) ?? {};
    const condition = status?.conditions?.find(one => one.type === type);
    const isTrue = condition?.status === 'True' && condition.observedGeneration === generation;
    const claim = `${kind} ${name} ${type}`;
    const wasTold = told.has(claim);
    if (isTrue) told.add(claim);
    else told.delete(claim);
    return isTrue && !wasTold;
  }

  for (const object of await world.objects()) {
    isNew(object, 'Ready');
    isNew(object, 'Synced');
  }
  return {
    lies,
    get looks() {
      return looks;
    },
    async see({ path, body }) {
      if (!path.endsWith('/status')) return;
      const stored = body as StatusBody;
      const [ready, synced] = [isNew(stored, 'Ready'), isNew(stored, 'Synced')];
      const { kind, metadata } = stored;
      const who = `${kind} ${metadata.name}`;
      const end = reference.things.get(who);
      if (run.done < run.story.acts.length || end === undefined || !(ready || synced)) return;
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
