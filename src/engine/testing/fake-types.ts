/** How a kind of fake resource behaves; every way of AWS that the engine has to cope with appears in one of them. */
export interface FakeType {
  readonly type: string;
  readonly createBy: 'name' | 'token' | 'intent';
  readonly holdsData?: boolean;
  readonly lossOnRemoval?: string;
  readonly movesFreely?: true;
  /** Belongs to whom its parent belongs to. */
  readonly untagged?: boolean;
  readonly settleMs: number;
  /** The name is the same for every epoch: it can exist once only. */
  readonly onceOnly?: boolean;
  /** A repeated create answers with the existing resource, whoever made it (SQS, SNS, S3 in us-east-1). */
  readonly silent?: boolean;
  /** Creating and deleting take this long, in ms. */
  readonly takesMs?: number;
  /** Removal leaves it in sight, marked (a KMS key pending deletion). */
  readonly scheduled?: boolean;
  /** One whose field `locked` is on may not go; what says no to its removal is known before. */
  readonly lockable?: boolean;
  readonly livesByUsers?: true;
  /** Reads by tag answer from a listing that the engine shares among objects. */
  readonly sharesReads?: boolean;
  /** Fields, by name, that only another resource can have otherwise. References of these types too. */
  readonly immutable?: readonly string[];
}

/** Fields with this prefix are optional; `ref-<node>` holds the id of another resource. */
export const OPTIONAL = 'opt-';
export const REFERENCE = 'ref-';
/** Fields with this prefix are no difference but something that AWS gave up and is asked for again. */
export const RETRY = 'retry-';
/** Says no to a removal where it is `on`, unless the spec has it `off`. */
export const LOCKED = 'locked';

export const FAKE_TYPES = {
  vault: {
    type: 'fake/vault',
    createBy: 'intent',
    holdsData: true,
    scheduled: true,
    sharesReads: true,
    settleMs: 60_000,
  },
  net: { type: 'fake/net', createBy: 'intent', settleMs: 40_000, immutable: ['shape'] },
  gate: { type: 'fake/gate', createBy: 'token', settleMs: 30_000, takesMs: 20_000, immutable: ['shape'] },
  store: {
    type: 'fake/store',
    createBy: 'name',
    holdsData: true,
    lockable: true,
    livesByUsers: true,
    onceOnly: true,
    silent: true,
    settleMs: 30_000,
    immutable: ['shape'],
  },
  queue: {
    type: 'fake/queue',
    createBy: 'name',
    onceOnly: true,
    silent: true,
    settleMs: 60_000,
    immutable: ['shape', `${RETRY}fixed`],
  },
  box: {
    type: 'fake/box',
    createBy: 'name',
    settleMs: 20_000,
    takesMs: 10_000,
    immutable: ['shape', REFERENCE],
  },
  role: { type: 'fake/role', createBy: 'name', onceOnly: true, settleMs: 20_000 },
  /** Is made again when it is lost, but not what was in it. */
  mailbox: { type: 'fake/mailbox', createBy: 'name', lossOnRemoval: 'with its letters', settleMs: 20_000 },
  /** Leads from one to another, and may lead elsewhere at any time. */
  sign: {
    type: 'fake/sign',
    createBy: 'name',
    movesFreely: true,
    settleMs: 20_000,
    immutable: ['shape', REFERENCE],
  },
  link: { type: 'fake/link', createBy: 'name', onceOnly: true, untagged: true, settleMs: 20_000 },
} satisfies Record<string, FakeType>;

export type FakeTypeName = keyof typeof FAKE_TYPES;

export const ALL_TYPES: readonly FakeType[] = Object.values(FAKE_TYPES);
