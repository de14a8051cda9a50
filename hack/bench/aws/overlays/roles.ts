/** Roles that STS knows, until an IAM emulator holds them. They are part of the bench's set-up: a reset keeps them. */
import type { PolicyInput } from '../../policy/document.ts';
import type { BenchContext } from '../overlay.ts';

export interface Role {
  /** `*` admits everybody to every role: trust policies are then not looked at. */
  arn: string;
  trustPolicy?: PolicyInput;
}

/** A gateway. */
interface HasBench {
  bench: BenchContext;
}

const registries = new WeakMap<BenchContext, Map<string, PolicyInput | undefined>>();

/** Makes a role known to the gateway's STS; again with the same ARN replaces its trust policy. */
export function registerRole({ bench }: HasBench, { arn, trustPolicy }: Role): void {
  const roles = registries.get(bench) ?? new Map<string, PolicyInput | undefined>();
  registries.set(bench, roles.set(arn, trustPolicy));
}

/** Nobody can assume anything afterwards. */
export function forgetRoles({ bench }: HasBench): void {
  registries.delete(bench);
}

/** Whether trust policies are switched off by the wildcard. */
export function trustsEverybody(bench: BenchContext): boolean {
  return registries.get(bench)?.has('*') ?? false;
}

export function trustPolicyOf(bench: BenchContext, arn: string): PolicyInput | undefined {
  return registries.get(bench)?.get(arn);
}
