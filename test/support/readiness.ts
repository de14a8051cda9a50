import type { AwsCall } from '../../src/aws/client.ts';
import { UID_TAG } from '../../src/engine/owner.ts';
import type { Condition } from '../../src/kube/conditions.ts';
import type { Call } from '../../src/kube/transport.ts';
import { hasFinalizer, type OptaObject } from '../../src/operator/objects.ts';
import { standing, toldOf } from './snapshot.ts';
import type { Reference, Run, Stage } from './story.ts';
import type { TestWorld } from './world.ts';

/**
 * Looks at AWS, and at what users read, whenever an object is about to be called Ready for the spec of an act, hears
 * when a person is called for nothing, and sees that an object is held before anything is made for it.
 */
export interface Witness {
  /** Before a write to the API server is sent. */
  see(call: Call): Promise<void>;
  /** Sends a call to AWS. */
  sending<T>(call: AwsCall, send: () => Promise<T>): Promise<T>;
  /** What was called ready, or in sync, and was not; or lost, or somebody else's, which it never is undisturbed. */
  readonly lies: readonly string[];
  /** How often it looked. */
  readonly looks: number;
}

interface StatusBody {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/**
 * What stands in a status at the beginning, and stays there while the operator cannot look, is not told anew. `isBehind`: the
 * operator knows already that it has to look again, or does not know yet what was written.
 */
export async function createWitness(
  world: TestWorld,
  reference: Reference,
  run: Run,
  isBehind: () => boolean,
): Promise<Witness> {
  const told = new Set<string>();
  const lies: string[] = [];
  const alarms = new Set(reference.requests.flatMap(alarmsOf));
  let looks = 0;

  /** When the act that is being carried out is. */
  const stage = (): Stage => reference.stages[run.done - 1] ?? new Map();

  /** The claim is made for the object as it is then, and was not made by the status before. */
  function isNew({ kind, metadata: { name }, status }: StatusBody, type: string): boolean {
    const { generation } = stage().get(`${kind} ${name}`) ?? {};
    const condition = status?.conditions?.find(one => one.type === type);
    const isTrue =
      condition?.status === 'True' && condition.observedGeneration === generation && !waitsOutside(status);
    const claim = `${kind} ${name} ${type}`;
    const wasTold = told.has(claim);
    if (isTrue) told.add(claim);
    else told.delete(claim);
    return isTrue && !wasTold;
  }

  const before = await world.objects(world.cluster.news.kinds());
  for (const object of before) {
    isNew(object, 'Ready');
    isNew(object, 'Synced');
  }
  const atFirst = before.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  /** While a pass looks at one object another one may go: the next pass is about that. Nothing else changes meanwhile. */
  function someGo(): boolean {
    const were = reference.stages[run.done - 2]?.keys() ?? atFirst;
    return [...were].some(object => !stage().has(object));
  }
  /** A person has agreed to a change of what is usable meanwhile, too: until it is made only `Synced` tells of it. */
  function isUsableAnyway(who: string): boolean {
    const waited = reference.stages[run.done - 2]?.get(who);
    return waited?.lines === undefined && waited?.generation === stage().get(who)?.generation;
  }
  return {
    lies,
    get looks() {
      return looks;
    },
    async sending(call, send) {
      const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
      try {
        return await send();
      } finally {
        if (call.mutating) lies.push(...madeForUnheld(world, since));
      }
    },
    async see(call) {
      const { path, body } = call;
      if (!path.endsWith('/status')) return;
      for (const alarm of alarmsOf(call))
        if (!alarms.has(alarm))
          lies.push(`${alarm}, which is not so: ${JSON.stringify(body).slice(0, 2_000)}`);
      const stored = body as StatusBody;
      const [ready, synced] = [isNew(stored, 'Ready'), isNew(stored, 'Synced')];
      const { kind, metadata } = stored;
      const who = `${kind} ${metadata.name}`;
      const at = stage();
      const lines = at.get(who)?.lines;
      if (lines === undefined || !(synced || (ready && !isUsableAnyway(who)))) return;
      if (someGo() && isBehind()) return;
      const stands = await standing(world);
      // What AWS has of it depends on the others: it is so only when they are, too.
      if (!areAt(stands.objects, at)) return;
      looks += 1;
      const now = toldOf(stands, { kind, name: metadata.name });
      for (const line of lines)
        if (!now.includes(line)) lies.push(`${who} was called ready, and there was not ${line}`);
      // What is to go may still be there while the rest is ready, but not once all is said to be as the spec says.
      for (const line of now)
        if (synced && !lines.includes(line))
          lies.push(`${who} was called synced, and there still was ${line}`);
    },
  };
}

/** Who goes without a finalizer leaves in AWS what was made for it. */
function madeForUnheld(world: TestWorld, since: number): readonly string[] {
  const made = world.bench.gateway
    .journalSince(since)
    .filter(({ mutating, tags }) => mutating && tags?.[UID_TAG] !== undefined);
  if (made.length === 0) return [];
  const unheld = world.cluster.news.lastWritten().filter(one => !hasFinalizer(one));
  return unheld.flatMap(({ kind, metadata: { name, uid } }) =>
    made
      .filter(({ tags }) => tags?.[UID_TAG] === uid)
      .map(({ operation }) => `${operation} for ${kind} ${name}, which had no finalizer`),
  );
}

/** Ready for what was asked of AWS, and says itself that the rest waits for somebody outside of it. */
function waitsOutside(status: StatusBody['status']): boolean {
  const reason = status?.conditions?.find(one => one.type === 'Ready')?.reason;
  return reason === 'DelegationPending' || reason === 'ValidationPending';
}

/** What only a person can do something about. */
const ALARMS = new Set(['ResourceLost', 'Conflict']);

/** Of HeadBucket, whose refusal has no body: it may be either, and the message says so. */
const EITHER = 'or the operator may not s3:ListBucket it';

function alarmsOf({ path, body }: Call): readonly string[] {
  if (!path.endsWith('/status')) return [];
  const { kind, metadata, status } = body as StatusBody;
  return (status?.conditions ?? [])
    .filter(({ reason, message }) => ALARMS.has(reason) && !message.includes(EITHER))
    .map(({ reason }) => `${kind} ${metadata.name} was called ${reason}`);
}

function areAt(objects: readonly OptaObject[], stage: Stage): boolean {
  return (
    objects.length === stage.size &&
    objects.every(
      ({ kind, metadata: { name, generation } }) => stage.get(`${kind} ${name}`)?.generation === generation,
    )
  );
}
