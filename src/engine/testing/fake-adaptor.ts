import type { Adaptor, Change, Found } from '../adaptor.ts';
import { CloudError } from '../errors.ts';
import { edited, type FakeCloud, type FakeDesired, type FakeState } from './fake-cloud.ts';
import { type FakeType, LOCKED, OPTIONAL, REFERENCE, RETRY } from './fake-types.ts';

/** The adaptor of a fake type: what a real one does, against the cloud in memory. */
export function fakeAdaptor(cloud: FakeCloud, type: FakeType): Adaptor<FakeDesired, FakeState> {
  return {
    type: type.type,
    createBy: type.createBy,
    holdsData: type.holdsData === true,
    settleMs: type.settleMs,
    nameScope: 'global',
    ...(type.lossOnRemoval === undefined ? {} : { lossOnRemoval: type.lossOnRemoval }),
    ...(type.movesFreely === undefined ? {} : { movesFreely: type.movesFreely }),
    ...(type.livesByUsers === undefined ? {} : { livesByUsers: type.livesByUsers }),
    ...(type.sharesReads === undefined ? {} : { sharesReads: type.sharesReads }),
    optionalKeys: desired => Object.keys(desired.fields).filter(field => field.startsWith(OPTIONAL)),
    find: async (_scope, identity, { freshness }) => cloud.find(type, identity, freshness),
    diff: (desired, state, recorded) => diff(type, desired, state, recorded),
    create: async (_scope, identity, desired, tags) => cloud.create(type, identity, desired.fields, tags),
    async update(_scope, found, desired, changes) {
      const edits = Object.fromEntries(
        changes.map(({ field }) => [field, desired.fields[field]]).filter(([field]) => field !== 'status'),
      );
      const note = { ...noteOf(type, found.tags, found.id), operation: 'update' } as const;
      cloud.write(found.id, note, { fields: edits });
      return { ...found, state: { status: 'ready', fields: edited(found.state.fields, edits) } };
    },
    ...(type.untagged === true
      ? {}
      : {
          async tag(_scope, found, set, unset) {
            const note = { ...noteOf(type, found.tags, found.id), operation: 'tag' } as const;
            const gone = Object.fromEntries(unset.map(key => [key, undefined]));
            cloud.write(found.id, note, { tags: { ...set, ...gone } });
          },
        }),
    ...(type.lockable === true
      ? {
          async mayGo(_scope, found, { desired }) {
            refuseIfLocked(found, desired);
          },
        }
      : {}),
    async remove(_scope, found, { desired }) {
      if (type.lockable === true) refuseIfLocked(found, desired);
      cloud.remove(type, found.id, { ...noteOf(type, found.tags, found.id), operation: 'remove' });
    },
    readiness(state) {
      if (state.status === 'ready') return { is: 'ready' };
      if (state.status === 'failed') return { is: 'failed', message: 'creation failed', remedy: 'replace' };
      if (state.status === 'ailing') return { is: 'failed', message: 'is not well', serves: true };
      if (state.status === 'scheduled') return { is: 'failed', message: 'is scheduled for deletion' };
      const progress = { is: 'in progress', message: `is ${state.status}`, againInMs: 5_000 } as const;
      return state.status === 'lonely' ? { ...progress, awaitsDependants: true } : progress;
    },
    ...(type.scheduled === true ? { isRemoved: (state: FakeState) => state.status === 'scheduled' } : {}),
  };
}

function refuseIfLocked({ id, state }: Found<FakeState>, desired: FakeDesired | undefined): void {
  if (state.fields[LOCKED] !== 'on' || desired?.fields[LOCKED] === 'off') return;
  throw new CloudError('Blocked', `${id} is locked`);
}

function noteOf(type: FakeType, tags: 'inherited' | Readonly<Record<string, string>>, id: string) {
  const node = tags === 'inherited' ? '' : (tags['opta.dev/node'] ?? '');
  return { write: true, type: type.type, node, id } as const;
}

function diff(
  type: FakeType,
  desired: FakeDesired,
  state: FakeState,
  recorded: readonly string[],
): readonly Change[] {
  if (state.status === 'scheduled') return [{ field: 'status', from: 'scheduled', to: 'ready', risk: 'Low' }];
  const changes: Change[] = [];
  for (const [field, to] of Object.entries(desired.fields)) {
    const from = state.fields[field];
    if (from === to) continue;
    const fixed = type.immutable?.some(one => field === one || (one === REFERENCE && field.startsWith(one)));
    const high = fixed === true || field.endsWith('risky');
    changes.push({
      field,
      from,
      to,
      risk: high ? 'High' : 'Low',
      ...(fixed === true ? { replace: true } : {}),
      ...(field.startsWith(RETRY) ? { retry: true } : {}),
    });
  }
  for (const [field, from] of Object.entries(state.fields)) {
    if (!field.startsWith(OPTIONAL) && !field.startsWith(REFERENCE)) continue;
    if (desired.fields[field] !== undefined) continue;
    if (field.startsWith(REFERENCE) || recorded.includes(field))
      changes.push({ field, from, to: undefined, risk: 'Low' });
  }
  return changes;
}
