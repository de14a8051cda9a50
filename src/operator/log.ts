import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Log } from '../kube/log.ts';

/** What pino knows, from the most talkative. */
export const LOG_LEVELS: readonly string[] = [...Object.keys(pino.levels.values), 'silent'];

/** JSON lines, or for people on a terminal. */
export function createLog(level: string): Log {
  const base = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!process.stdout.isTTY) return pino(base);
  return pino(base, pretty({ colorize: true, translateTime: 'HH:MM:ss', ignore: 'pid,hostname' }));
}
