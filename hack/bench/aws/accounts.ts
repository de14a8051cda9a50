/** Which account an access key speaks for: neither emulator knows the other's keys, so the gateway remembers them. */

import type { Answer } from './overlay.ts';
import { unescapeXml, xmlText } from './xml.ts';

export const DEFAULT_ACCOUNT = '123456789012';
const KEYS_KEPT = 50_000;

interface Session {
  accountId: string;
  /** `arn:aws:sts::222222222222:assumed-role/name/session` */
  arn: string;
  /** `AROA...:session` */
  userId: string;
}

export interface Accounts {
  /** A 12-digit key is that account, a key from an AssumeRole answer its role's account, any other the default. */
  accountOf(accessKeyId: string): string;
  /** '' for an unsigned call. */
  callerArn(accessKeyId: string): string;
  sessionOf(accessKeyId: string): Session | undefined;
  /** Remembers the key that an AssumeRole or AssumeRoleWithWebIdentity answer hands out. */
  learn(answer: Answer): void;
}

export function createAccounts(defaultAccount: string = DEFAULT_ACCOUNT): Accounts {
  const sessions = new Map<string, Session>();

  function accountOf(accessKeyId: string): string {
    if (/^\d{12}$/.test(accessKeyId)) return accessKeyId;
    return sessions.get(accessKeyId)?.accountId ?? defaultAccount;
  }

  function callerArn(accessKeyId: string): string {
    if (accessKeyId === '') return '';
    return sessions.get(accessKeyId)?.arn ?? `arn:aws:iam::${accountOf(accessKeyId)}:root`;
  }

  function learn(answer: Answer): void {
    if (answer.status !== 200) return;
    const text = answer.body.toString('utf8');
    const accessKeyId = xmlText(text, 'AccessKeyId');
    const arn = unescapeXml(xmlText(text, 'Arn') ?? '');
    const accountId = arn.split(':')[4];
    if (accessKeyId === undefined || accountId === undefined) return;
    sessions.set(accessKeyId, { accountId, arn, userId: xmlText(text, 'AssumedRoleId') ?? '' });
    if (sessions.size <= KEYS_KEPT) return;
    for (const oldest of sessions.keys()) {
      sessions.delete(oldest);
      break;
    }
  }

  return { accountOf, callerArn, sessionOf: key => sessions.get(key), learn };
}
