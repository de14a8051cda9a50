export interface SubnetMarkState {
  /** Undefined: the subnet does not have the tag. */
  readonly value: string | undefined;
  /** By an operator. What was there before is used, and is not ours to change or to remove. */
  readonly isMade: boolean;
  /** Other environments that use it. */
  readonly others: number;
  /** It is not said yet that this environment uses it. */
  readonly unnamed?: true;
  /** Other tags that this environment had the subnet for: it was moved between the private and the public ones. */
  readonly former?: readonly FormerMark[];
}

export interface FormerMark {
  readonly key: string;
  /** The tag that says that this environment uses it. */
  readonly ours: string;
  /** Nobody else uses it, and it is as we wrote it. */
  readonly goes: boolean;
}

export const MARK_VALUE = '1';

/** Whether load balancers go by it. AWS Load Balancer Controller, "Subnet auto-discovery": "1 or ``". */
export function isGoodMark({ value }: SubnetMarkState): boolean {
  return value === MARK_VALUE || value === '';
}
