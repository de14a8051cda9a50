import type { PolicyDocument } from '../policy.ts';

export interface KeyDesired {
  readonly description: string;
  readonly policy: PolicyDocument;
  /** 90 to 2560; AWS KMS API Reference, EnableKeyRotation. */
  readonly rotationPeriodDays: number;
  /** 7 to 30; how long a removed key can be brought back. */
  readonly deletionWindowDays: number;
}

export interface KeyState {
  readonly keyState: string;
  readonly description: string;
  readonly policy: string;
  /** 0: off. */
  readonly rotationPeriodDays: number;
}

export function isPendingDeletion(keyState: string | undefined): boolean {
  return keyState === 'PendingDeletion' || keyState === 'PendingReplicaDeletion';
}
