export interface SubnetMarkState {
  /** Undefined: the subnet does not have the tag. */
  readonly value: string | undefined;
  /** By an operator. What was there before is used, and is not ours to change or to remove. */
  readonly isMade: boolean;
  /** Other environments that use it. */
  readonly others: number;
}

export const MARK_VALUE = '1';

/** Whether load balancers go by it. AWS Load Balancer Controller, "Subnet auto-discovery": "1 or ``". */
export function isGoodMark({ value }: SubnetMarkState): boolean {
  return value === MARK_VALUE || value === '';
}
