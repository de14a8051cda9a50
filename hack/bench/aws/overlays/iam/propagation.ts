/**
 * A role is seen by other services some time after IAM answered that it is there: IAM User Guide, "Troubleshoot IAM",
 * "Changes that I make are not always immediately visible".
 */
import { parsePolicy } from '../../../policy/document.ts';
import type { BenchContext, Overlay } from '../../overlay.ts';
import { xmlText } from '../../xml.ts';

interface HasBench {
  bench: BenchContext;
}

/** Part of a bench's set-up, which a reset keeps. */
export interface IamSettings {
  /** A role younger than this is not seen yet; ms, by the gateway's clock. */
  rolePropagation: number;
}

const settings = new WeakMap<BenchContext, IamSettings>();

function settingsOf(bench: BenchContext): IamSettings {
  const known = settings.get(bench) ?? { rolePropagation: 0 };
  settings.set(bench, known);
  return known;
}

export function iamControl({ bench }: HasBench): { settings: IamSettings } {
  return { settings: settingsOf(bench) };
}

const KEY = 'iam:role-made:';

/** By the gateway's clock, in ms: the emulator's dates are the machine's. Undefined: not through the gateway. */
export function roleMadeAt(bench: BenchContext, arn: string): number | undefined {
  const at = bench.state.get(KEY + arn);
  return typeof at === 'number' ? at : undefined;
}

export function isSpread(bench: BenchContext, madeAt: number | undefined): boolean {
  return madeAt === undefined || bench.now() >= madeAt + settingsOf(bench).rolePropagation;
}

/** The first one of them that a policy names. */
export function freshIn(bench: BenchContext, policy: string): string | undefined {
  const { statements } = parsePolicy(policy);
  return statements.flatMap(({ principal }) => principal?.aws ?? []).find(arn => isFresh(bench, arn));
}

/** True for a role that exists and that other services do not see yet. */
export function isFresh(bench: BenchContext, arn: string): boolean {
  return !isSpread(bench, roleMadeAt(bench, arn));
}

export const propagationOverlay: Overlay = {
  service: 'iam',
  operation: ['CreateRole', 'CreateServiceLinkedRole'],
  source: 'IAM User Guide, "Changes that I make are not always immediately visible"',
  async around(_call, bench, next) {
    const answer = await next();
    const arn = answer.status === 200 ? xmlText(answer.body.toString('utf8'), 'Arn') : undefined;
    if (arn !== undefined) bench.state.set(KEY + arn, bench.now());
    return answer;
  },
};
