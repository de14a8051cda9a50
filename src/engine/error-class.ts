/** What a failed call means for the way on. */
export type ErrorClass =
  | 'NotFound'
  /** Made or changed a moment ago and not visible yet. */
  | 'NotYet'
  /** The resource is in a state that refuses this call; it will pass. */
  | 'Busy'
  | 'Throttled'
  | 'Transient'
  /** The spec asks for what AWS does not accept. */
  | 'Invalid'
  /** The resource is not ours. */
  | 'Conflict'
  | 'Denied'
  | 'Quota'
  /** Something else uses the resource; named in `blockers`. */
  | 'Blocked'
  | 'Unknown';

interface ClassTraits {
  /** Of several errors the one of the most weight is told: what a person has to do something about comes first. */
  readonly weight: number;
  /** Stops hammering: tried again on a change of the object or what it refers to, and every 15 minutes. */
  readonly stalls: boolean;
  /** Says nothing about the resource itself: what was ready stays so until it is known better. */
  readonly passes: boolean;
  /** AWS answered and said no: nothing was made, changed or removed. */
  readonly nothingDone: boolean;
  /** Said of what was asked for: something else of the same resource may be done all the same. */
  readonly ofRequest: boolean;
}

const CLASSES = {
  Conflict: { weight: 10, stalls: true, passes: false, nothingDone: true, ofRequest: true },
  Denied: { weight: 9, stalls: true, passes: false, nothingDone: true, ofRequest: true },
  Invalid: { weight: 8, stalls: true, passes: false, nothingDone: true, ofRequest: true },
  Quota: { weight: 7, stalls: true, passes: false, nothingDone: true, ofRequest: true },
  // AWS's own answer: what is in use was not removed.
  Blocked: { weight: 6, stalls: false, passes: false, nothingDone: true, ofRequest: true },
  Unknown: { weight: 5, stalls: false, passes: true, nothingDone: false, ofRequest: false },
  Throttled: { weight: 4, stalls: false, passes: true, nothingDone: true, ofRequest: false },
  Transient: { weight: 3, stalls: false, passes: true, nothingDone: false, ofRequest: false },
  NotFound: { weight: 2, stalls: false, passes: true, nothingDone: true, ofRequest: false },
  NotYet: { weight: 1, stalls: false, passes: true, nothingDone: true, ofRequest: true },
  Busy: { weight: 0, stalls: false, passes: true, nothingDone: true, ofRequest: true },
} as const satisfies Readonly<Record<ErrorClass, ClassTraits>>;

const ALL = Object.keys(CLASSES) as readonly ErrorClass[];

export const STALLING: ReadonlySet<ErrorClass> = new Set(ALL.filter(one => CLASSES[one].stalls));
export const PASSING: ReadonlySet<ErrorClass> = new Set(ALL.filter(one => CLASSES[one].passes));
export const WORST_FIRST: readonly ErrorClass[] = ALL.toSorted(
  (a, b) => CLASSES[b].weight - CLASSES[a].weight,
);

/** Errors after which nothing was made: AWS answered and said no, whatever the class makes of it. */
export function isRefusal(error: { readonly class: ErrorClass; readonly refused: boolean }): boolean {
  return error.refused || CLASSES[error.class].nothingDone;
}

/** True where another part of the same resource may be written, whatever AWS said of this one. */
export function isOfRequest(error: { readonly class: ErrorClass; readonly refused: boolean }): boolean {
  return CLASSES[error.class].ofRequest || (error.class === 'Unknown' && error.refused);
}
