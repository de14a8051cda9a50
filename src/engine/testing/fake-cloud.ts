import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Found, Freshness, Identity } from '../adaptor.ts';
import { CloudError } from '../errors.ts';
import type { Tags } from '../owner.ts';
import { type FakeType, REFERENCE } from './fake-types.ts';

export type Fields = Readonly<Record<string, string>>;
/** Undefined takes the value away. */
export type Edits = Readonly<Record<string, string | undefined>>;

export interface FakeDesired {
  readonly fields: Fields;
}

export interface FakeState {
  readonly status: 'creating' | 'ready' | 'lonely' | 'deleting' | 'scheduled' | 'failed' | 'ailing';
  readonly fields: Fields;
}

export interface FakeResource {
  readonly id: string;
  readonly type: string;
  readonly name: string | undefined;
  /** For the oracles, which see behind missing tags. */
  readonly madeFor: string;
  readonly createdAt: number;
  readonly readyAt: number;
  readonly versions: { at: number; fields: Fields; tags: Tags }[];
  deletedAt?: number;
  scheduledAt?: number;
  failed?: boolean;
  /** Somebody removed it behind the operator. */
  byHand?: boolean;
  /** Somebody of ours was asked to take it into care. */
  adopted?: boolean;
}

/** One call, as faults are decided on and journals read. */
export interface FakeCall {
  readonly write: boolean;
  readonly operation: 'find' | 'create' | 'update' | 'tag' | 'remove';
  readonly type: string;
  readonly node: string;
  readonly id?: string;
}

/**
 * `lost`: applied, and the answer does not come. `late`: applied only after `lateMs`, and the answer does not come.
 * `refused`: AWS says not now. `denied`: AWS says no. `broken`: not applied, and nobody knows.
 */
export type Fault = 'none' | 'lost' | 'late' | 'refused' | 'denied' | 'broken';

export interface FakeCloud {
  readonly resources: FakeResource[];
  readonly journal: FakeCall[];
  /** How long reads show what was, in ms: new resources are absent, old values and deleted resources stay. */
  lagMs: number;
  /** How much older shared reads are, in ms. */
  sharedLagMs: number;
  lateMs: number;
  fault: (call: FakeCall) => Fault;
  /** Runs around every write, so that a test can end the process there. */
  around: <T>(write: () => T) => T;
  living(): FakeResource[];
  current(resource: FakeResource): { fields: Fields; tags: Tags };
  find(type: FakeType, identity: Identity, freshness: Freshness): Found<FakeState>[];
  create(type: FakeType, identity: Identity, fields: Fields, tags: Tags): Found<FakeState>;
  write(resourceId: string, call: FakeCall, edits: { fields?: Edits; tags?: Edits }): void;
  remove(type: FakeType, id: string, call: FakeCall): void;
  /** Something that nobody of ours made. */
  plant(type: FakeType, name: string | undefined, fields: Fields, tags: Tags): FakeResource;
}

/** An account in memory, on a clock that a test moves. */
export function createFakeCloud(clock: () => number): FakeCloud {
  const resources: FakeResource[] = [];
  const tokens = new Map<string, FakeResource>();
  const late: { readonly at: number; readonly apply: () => unknown }[] = [];
  let made = 0;
  /** When what is applied now arrived, if late. */
  let arrivedAt: number | undefined;
  const now = () => arrivedAt ?? clock();

  const cloud: FakeCloud = {
    resources,
    journal: [],
    lagMs: 0,
    sharedLagMs: 0,
    lateMs: 0,
    fault: () => 'none',
    around: write => write(),
    living() {
      applyLate();
      return resources.filter(one => !isGone(one));
    },
    current: latest,
    find(type, identity, freshness) {
      const { node, id } = identity;
      const note = { write: false, operation: 'find', type: type.type, node } as const;
      call(id === undefined ? note : { ...note, id }, () => undefined);
      const shared = type.sharesReads === true && freshness === 'shared';
      const at = now() - cloud.lagMs - (shared ? cloud.sharedLagMs : 0);
      const seen = resources.filter(one => one.type === type.type && isVisible(one, at));
      const found = seen.filter(one => {
        if (identity.id !== undefined) return one.id === identity.id;
        if (type.createBy === 'name' && identity.name !== undefined)
          return one.name !== undefined && one.name === identity.name;
        return hasTags(visible(one, at).tags, identity);
      });
      return found.map(one => foundOf(type, one, at));
    },
    create(type, identity, fields, tags) {
      const note: FakeCall = { write: true, operation: 'create', type: type.type, node: identity.node };
      const resource = call(note, () => {
        checkReferences(fields);
        const existing = existingOf(type, identity, fields);
        if (existing !== undefined) return existing;
        const { node, epoch, owner } = identity;
        const one = put(
          type,
          identity.name,
          `${owner.name}/${node}@${epoch}`,
          fields,
          type.untagged ? {} : tags,
        );
        if (type.createBy === 'token') tokens.set(tokenOf(identity), one);
        return one;
      });
      // The answer to the create, and tags read back from where they were written.
      const { fields: now_, tags: itsTags } = latest(resource);
      return {
        ...foundOf(type, resource, now()),
        tags: type.untagged ? 'inherited' : itsTags,
        state: { status: statusOf(resource), fields: now_ },
      };
    },
    write(id, note, { fields = {}, tags = {} }) {
      call(note, () => {
        const one = resources.find(other => other.id === id && !isGone(other));
        if (one === undefined) throw new CloudError('NotFound', `${id} does not exist`);
        if (note.operation === 'update') {
          if (statusOf(one) === 'creating' || statusOf(one) === 'deleting')
            throw new CloudError('Busy', `${id} is ${statusOf(one)}`);
          checkReferences(fields);
          delete one.scheduledAt;
        }
        const last = latest(one);
        one.versions.push({ at: now(), fields: edited(last.fields, fields), tags: edited(last.tags, tags) });
      });
    },
    remove(type, id, note) {
      call(note, () => {
        const one = resources.find(other => other.id === id && !isGone(other));
        if (one === undefined) throw new CloudError('NotFound', `${id} does not exist`);
        const users = cloud
          .living()
          .filter(other => other !== one && statusOf(other) !== 'scheduled' && uses(other, id));
        // What has a name for good (queues, topics, buckets, keys) goes although others name it.
        if (users.length > 0 && type.scheduled !== true && type.onceOnly !== true) {
          const blockers = users.map(user => ({ resource: user.id, reason: 'uses it' }));
          throw new CloudError('Blocked', `DependencyViolation: ${id} is used by ${users[0]?.id}`, {
            blockers,
          });
        }
        if (type.scheduled === true) one.scheduledAt ??= now();
        else one.deletedAt ??= now() + (type.takesMs ?? 0);
      });
    },
    plant: (type, name, fields, tags) => put(type, name, 'nobody', fields, tags),
  };

  function call<T>(note: FakeCall, apply: () => T): T {
    applyLate();
    const fault = cloud.fault(note);
    cloud.journal.push(note);
    if (fault === 'late' && note.write) {
      cloud.around(() => late.push({ at: now() + cloud.lateMs, apply }));
      throw new CloudError('Unknown', 'timed out');
    }
    if (fault === 'broken') throw new CloudError('Transient', 'connection reset');
    if (fault === 'refused') throw new CloudError('Throttled', 'slow down');
    if (fault === 'denied') throw new CloudError('Denied', 'not allowed');
    const answer = note.write ? cloud.around(apply) : apply();
    if (fault === 'lost') throw new CloudError('Unknown', 'the answer was lost');
    return answer;
  }

  function applyLate(): void {
    for (;;) {
      const at = late.findIndex(one => one.at <= clock());
      const [one] = at < 0 ? [] : late.splice(at, 1);
      if (one === undefined) return;
      const outer = arrivedAt;
      arrivedAt = one.at;
      try {
        one.apply();
      } catch {
        // Nobody hears the answer.
      } finally {
        arrivedAt = outer;
      }
    }
  }

  function put(
    type: FakeType,
    name: string | undefined,
    madeFor: string,
    fields: Fields,
    tags: Tags,
  ): FakeResource {
    made += 1;
    const one: FakeResource = {
      id: `${type.type.slice('fake/'.length)}-${made}`,
      type: type.type,
      name,
      madeFor,
      createdAt: now(),
      readyAt: now() + (type.takesMs ?? 0),
      versions: [{ at: now(), fields, tags }],
    };
    resources.push(one);
    return one;
  }

  function existingOf(type: FakeType, identity: Identity, fields: Fields): FakeResource | undefined {
    if (type.createBy === 'token') {
      const before = tokens.get(tokenOf(identity));
      if (before !== undefined && isGone(before))
        throw new CloudError('NotYet', `the token of ${before.id} was used before`, { tokenUsed: true });
      // As EC2 does, whether it is shown yet or not.
      if (before !== undefined && !isDeepStrictEqual(before.versions[0]?.fields, fields)) {
        const message = `the token of ${before.id} was used with other values`;
        throw new CloudError('NotYet', message, { tokenUsed: true });
      }
      return before;
    }
    if (type.createBy === 'intent') return undefined;
    const before = cloud.living().find(one => one.type === type.type && one.name === identity.name);
    if (before !== undefined && (type.silent !== true || statusOf(before) === 'deleting'))
      throw new CloudError('Busy', `${identity.name} exists already`);
    return before;
  }

  function checkReferences(fields: Edits): void {
    for (const [field, id] of Object.entries(fields)) {
      if (!field.startsWith(REFERENCE) || id === undefined) continue;
      if (cloud.living().every(one => one.id !== id))
        throw new CloudError('NotFound', `${id} does not exist`);
    }
  }

  function isGone(one: FakeResource): boolean {
    return one.deletedAt !== undefined && one.deletedAt <= now();
  }

  function isVisible(one: FakeResource, at: number): boolean {
    return one.createdAt <= at && (one.deletedAt === undefined || one.deletedAt > at);
  }

  function latest(one: FakeResource): { fields: Fields; tags: Tags } {
    return one.versions.at(-1) ?? { fields: {}, tags: {} };
  }

  function visible(one: FakeResource, at: number): { fields: Fields; tags: Tags } {
    return one.versions.findLast(version => version.at <= at) ?? latest(one);
  }

  function statusOf(one: FakeResource): FakeState['status'] {
    if (one.deletedAt !== undefined) return 'deleting';
    if (one.scheduledAt !== undefined) return 'scheduled';
    if (one.failed === true) return 'failed';
    return one.readyAt > now() ? 'creating' : 'ready';
  }

  function foundOf(type: FakeType, one: FakeResource, at: number): Found<FakeState> {
    const { fields, tags } = visible(one, at);
    return {
      id: one.id,
      arn: `arn:${one.id}`,
      ...(one.name === undefined ? {} : { name: one.name }),
      tags: type.untagged === true ? 'inherited' : tags,
      state: { status: statusOf(one), fields },
    };
  }

  function uses(one: FakeResource, id: string): boolean {
    return Object.entries(latest(one).fields).some(
      ([field, value]) => field.startsWith(REFERENCE) && value === id,
    );
  }

  return cloud;
}

export function edited(before: Fields, edits: Edits): Fields {
  const all = Object.entries({ ...before, ...edits });
  return Object.fromEntries(
    all.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}

function tokenOf({ owner, node, epoch }: Identity): string {
  return createHash('sha256').update(`${owner.uid}|${node}|${epoch}`).digest('hex');
}

function hasTags(tags: Tags, { owner, node }: Identity): boolean {
  return (
    tags['opta.dev/installation'] === owner.installation &&
    tags['opta.dev/name'] === owner.name &&
    tags['opta.dev/node'] === node
  );
}
