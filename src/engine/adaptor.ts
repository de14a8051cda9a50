import type { Owner, Tags } from './owner.ts';

/** Where calls go: the engine hands it through. AWS adaptors take their own kind of scope. */
export interface Scope {
  /** Equal for equal targets: account and region. */
  readonly key: string;
}

export interface Identity {
  readonly owner: Owner;
  readonly node: string;
  readonly epoch: number;
  /** The natural key, where the type has one; left out to look by tags alone. */
  readonly name: string | undefined;
  /** As recorded in the inventory. */
  readonly id: string | undefined;
  readonly arn: string | undefined;
}

export interface Found<S = unknown> {
  readonly id: string;
  readonly arn?: string;
  readonly name?: string;
  /** `inherited`: the type has no tags of its own and belongs to whom its parent belongs to. */
  readonly tags: Tags | 'inherited';
  readonly state: S;
  /** Where its name says little: what it is, and the way past it should it be somebody else's. */
  readonly whenForeign?: string;
}

export type Risk = 'Low' | 'High';

export interface Change {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
  /** `High`: replacing, deleting, restarting, interrupting. */
  readonly risk: Risk;
  /** AWS cannot change it in place. */
  readonly replace?: boolean;
  /** Nothing differs: what AWS gave up is asked for once more. What would cure one that awaits its dependants is not held up by it. */
  readonly retry?: true;
}

/** `note`: what a person is to hear of it all the same, as a sentence without its subject. */
export type Readiness =
  | { readonly is: 'ready'; readonly note?: string }
  | {
      readonly is: 'in progress';
      readonly message: string;
      readonly againInMs: number;
      /** It may be changed, and only lacks what nodes that depend on it bring: they do not wait for it, or both would for ever. */
      readonly awaitsDependants?: true;
    }
  /**
   * `remedy`: AWS never brings it back (a failed creation); only another one in its place helps. `serves`: what uses it goes on,
   * and is changed all the same; nothing is made that needs it.
   */
  | {
      readonly is: 'failed';
      readonly message: string;
      readonly remedy?: 'replace';
      readonly serves?: true;
    };

/** What a read may be answered from. `shared`: a batched read of a moment ago, enough to decide that nothing is to be done. */
export type Freshness = 'shared' | 'fresh';

/**
 * One AWS resource type; the only code that calls AWS. Every method is repeatable: the process may end after any
 * line of it and a later call starts again. Methods throw `CloudError`.
 *
 * D is the desired state, S what AWS has. An adaptor reads and writes only what `desired` (or `recorded`: the optional
 * settings that we once wrote) names. C is the kind of scope that its calls go to.
 */
export interface Adaptor<D = unknown, S = unknown, C extends Scope = Scope> {
  readonly type: string;
  /** `name`: natural key. `token`: our deterministic token. `intent`: neither, so an intent is recorded first. */
  readonly createBy: 'name' | 'token' | 'intent';
  /** Holds data or identity (buckets, keys): never re-created when lost, nor removed by a spec change, unapproved. */
  readonly holdsData: boolean;
  /** What is lost with one that is removed, for who is asked to agree; absent: nothing that is not made again. */
  readonly lossOnRemoval?: string;
  /** What becomes of its users as another one takes its place, for who is asked to agree; absent: nothing that is not told else. */
  readonly interruptionOnReplacement?: string;
  /** It is of use by what uses it: who is asked whether it may be lost is asked for these too, and they stay till then. */
  readonly livesByUsers?: true;
  /**
   * Another one in its place is no more than a create and a removal: nothing is lost by it, and what is not replaced at once
   * works no more.
   */
  readonly movesFreely?: true;
  /** How far a natural key reaches. */
  readonly nameScope?: 'global' | 'region';
  /** How long AWS may answer NotFound, or with old values, after a write; in ms, with its source in the adaptor. */
  readonly settleMs: number;
  /** Optional settings among `desired`, recorded when written so that dropping them restores AWS's default. */
  optionalKeys?(desired: D): readonly string[];
  /**
   * Optional settings that are ours in what we made, and where they are as in that, also where `desired` leaves them out: recorded
   * with its create, or once it is seen so, for as long as it is there.
   */
  readonly keysOfMade?: readonly string[];
  /**
   * All resources that carry this identity: none, one, or more after a lost answer (`intent` types only). By the
   * recorded id where there is one, else by name, and where that is left out by tags; never by the attempt. A type without tags of its own answers
   * `inherited` only when `desired` or the parent's tags prove whose it is: the status proves nothing.
   */
  find(scope: C, identity: Identity, context: FindContext<D>): Promise<readonly Found<S>[]>;
  /** Answers some reads from a batch shared with other objects; a write is then decided on a fresh look. */
  readonly sharesReads?: boolean;
  /** Pure. Values that are secret appear as `(sensitive)`. */
  diff(desired: D, state: S, recorded: readonly string[]): readonly Change[];
  /**
   * The state that it answers is what reads will show once AWS has settled. For `intent` types one single call: its
   * error class says whether anything was made.
   */
  create(scope: C, identity: Identity, desired: D, tags: Tags): Promise<Found<S>>;
  /** Changes the fields of `changes` and no others, which may wait for a yes. */
  update(scope: C, found: Found<S>, desired: D, changes: readonly Change[]): Promise<Found<S>>;
  /** `tag` is one call that leaves all tags as they shall be: nothing has to be taken away before something is set. */
  readonly tagsAtOnce?: true;
  /** Sets and removes tags; absent where the type has none. */
  tag?(scope: C, found: Found<S>, set: Tags, unset: readonly string[]): Promise<void>;
  /**
   * Throws `Blocked` where `remove` would refuse as things stand, without a change: asked before anything that uses it is
   * removed. `whole`: the object is deleted, and not only this left its spec. Absent: what is in the way shows when it is
   * its turn, and nothing was lost by then.
   */
  mayGo?(
    scope: C,
    found: Found<S>,
    options: { readonly desired: D | undefined; readonly whole: boolean },
  ): Promise<void>;
  /**
   * One step of removal. Throws `Blocked` with what is in the way, and `NotFound` or nothing where AWS does not know it: who
   * made it a moment ago does not believe that. `whole`: the object is deleted, also where this had left its spec before.
   */
  remove(
    scope: C,
    found: Found<S>,
    options: { readonly desired: D | undefined; readonly owner: Owner; readonly whole?: boolean },
  ): Promise<void>;
  /**
   * How long what was removed may be made again by a service of AWS that still has something to put in it, in ms; until
   * then its absence is no end. Absent, or undefined: what is gone stays gone. `desired` is undefined where the spec wants no
   * more of it, `name` that of the inventory.
   */
  revivesMs?(desired: D | undefined, name: string | undefined): number | undefined;
  /** `differs`: what `diff` says of it; left out where nothing is desired, or that is not known. */
  readiness(state: S, differs?: readonly Change[]): Readiness;
  /** True for a state that is removal's end although AWS still shows it (a key pending deletion). */
  isRemoved?(state: S): boolean;
}

export interface FindContext<D> {
  readonly desired: D | undefined;
  readonly recorded: readonly string[];
  readonly freshness: Freshness;
  /**
   * What a person wrote who wants it looked at now; another text is another wish. What AWS failed to do a short while ago waits no
   * longer for its time then.
   */
  readonly requested?: string;
}
