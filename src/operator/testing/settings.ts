import { DEFAULTS, type Settings } from '../settings.ts';

/** As an operator is started that serves everything, one object at a time. */
export const SETTINGS: Settings = {
  installation: 'test',
  takeOverFrom: [],
  namespaces: [],
  environmentSelector: '',
  driftIntervalMs: DEFAULTS.driftIntervalMs,
  concurrency: 1,
};
