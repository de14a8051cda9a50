/** `FULL=1`: everything, however long it takes. */
export const isFull = process.env.FULL !== undefined && process.env.FULL !== '';

/** Of everything that is drawn by chance; printed, so that a run can be repeated. */
export const seed = Number(process.env.SEED ?? 1);
