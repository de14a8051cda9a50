/** One operator process as both of its sides see it. */
export interface Party {
  /** Writes that reached AWS or the API server so far, in order: `sqs:CreateQueue`, `PATCH …/status`. No events, no Lease. */
  readonly writes: readonly string[];
  /** Requests of any kind so far; watches count once. */
  readonly seen: number;
  /** Requests under way, and connections that are being opened; watches are not counted. */
  readonly underway: number;
  /** How often it wrote its Lease. */
  readonly leases: number;
  /** When the first and the last of these were sent, by `performance.now()`; Infinity: never. */
  readonly firstLeaseAt: number;
  readonly lastLeaseAt: number;
  /** Called when a write arrives, and when it is applied and not answered yet. False on arrival: it goes no further. */
  onWrite: ((what: string, at: 'arrived' | 'applied') => boolean) | undefined;
}

/** What the two sides tell of a process. */
export interface Teller extends Party {
  /** A request passes; undefined where it goes no further. */
  pass<T>(what: string | undefined, send: () => Promise<T>): Promise<T | undefined>;
  /** A write of the Lease was accepted that was sent then. */
  leased(at: number): void;
  /** A connection is being opened for a request that is not seen yet; returns the end of that. */
  opening(): () => void;
}

export function createParty(): Teller {
  const writes: string[] = [];
  let seen = 0;
  let underway = 0;
  let leases = 0;
  let firstLeaseAt = Number.POSITIVE_INFINITY;
  let lastLeaseAt = Number.POSITIVE_INFINITY;
  const party: Teller = {
    writes,
    get seen() {
      return seen;
    },
    get underway() {
      return underway;
    },
    get leases() {
      return leases;
    },
    onWrite: undefined,
    async pass(what, send) {
      seen += 1;
      underway += 1;
      try {
        if (what === undefined) return await send();
        writes.push(what);
        if (party.onWrite?.(what, 'arrived') === false) return undefined;
        const answer = await send();
        party.onWrite?.(what, 'applied');
        return answer;
      } finally {
        underway -= 1;
      }
    },
    get firstLeaseAt() {
      return firstLeaseAt;
    },
    get lastLeaseAt() {
      return lastLeaseAt;
    },
    leased(at) {
      leases += 1;
      lastLeaseAt = at;
      firstLeaseAt = Math.min(firstLeaseAt, at);
    },
    opening() {
      underway += 1;
      let isOver = false;
      return () => {
        if (!isOver) underway -= 1;
        isOver = true;
      };
    },
  };
  return party;
}
