/** What brings forward what waits for its time, in words for people. */
export const AT_ONCE = 'at once when the annotation opta.dev/reconcile-requested-at gets another value';

/** Of what EKS found to be in the way of an upgrade: see `insights-refresh.ts`. */
export const LOOKS_AGAIN = `EKS is asked to look again 2 hours after the last time, and ${AT_ONCE}`;

/** True where somebody asks for this one to be tried now: once for each text that they write. */
export function createRequests(): (of: string, request: string | undefined) => boolean {
  const last = new Map<string, string>();
  return (of, request) => {
    if (request === undefined || last.get(of) === request) return false;
    last.set(of, request);
    return true;
  };
}
