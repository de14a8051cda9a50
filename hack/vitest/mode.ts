/** `FULL=1`: everything, however long it takes. */
export const isFull = process.env.FULL !== undefined && process.env.FULL !== '';

/** For all runs of one story, each disturbed elsewhere: one with a cluster has more than a thousand. In ms. */
export const FULL_TIMEOUT_MS = 12 * 60 * 60_000;

/** Of everything that is drawn by chance; printed, so that a run can be repeated. */
export const seed = Number(process.env.SEED ?? 1);
