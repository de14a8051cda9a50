import type { Accounts } from './accounts.ts';
import type { Overlay } from './overlay.ts';
import { escapeXml } from './xml.ts';

/** The emulator sees the account in place of the key, so it takes a session for the account's root. */
export function callerIdentityOverlay(accounts: Accounts): Overlay {
  return {
    service: 'sts',
    operation: 'GetCallerIdentity',
    source:
      'AWS Security Token Service API Reference, GetCallerIdentity, Examples: called with an assumed role',
    after: (call, answer) => {
      const session = accounts.sessionOf(call.accessKeyId);
      if (session === undefined || answer.status !== 200) return undefined;
      const text = answer.body
        .toString('utf8')
        .replace(/<Arn>[^<]*<\/Arn>/, () => `<Arn>${escapeXml(session.arn)}</Arn>`)
        .replace(/<UserId>[^<]*<\/UserId>/, () => `<UserId>${escapeXml(session.userId)}</UserId>`);
      return { ...answer, body: Buffer.from(text, 'utf8') };
    },
  };
}
