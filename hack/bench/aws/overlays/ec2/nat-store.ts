/** NAT gateways as the bench knows them, with their life by the gateway's clock. */
import type { BenchContext } from '../../overlay.ts';
import { pacedMs } from '../pace.ts';
import type { Place } from '../questions.ts';
import { type PlantedInterface, uprootInterface } from './interfaces.ts';

// VPC user guide, "Create a NAT gateway": it takes a few minutes. The SDK's waiter asks every 15 s.
const PENDING_SECONDS = 90;
const DELETING_SECONDS = 45;
/** Not documented: who releases an address right after `deleted` is refused, a few seconds later not (eformat/sno-for-100 issue 9). */
const HOLDING_SECONDS = 5;
/** VPC user guide, "Troubleshoot NAT gateways": failed and deleted ones are shown for a short while, usually an hour. */
const SHOWN_SECONDS = 3600;

export interface Failure {
  code: string;
  message: string;
}

export interface NatGateway {
  id: string;
  place: Place;
  vpcId: string;
  subnetId: string;
  connectivity: 'public' | 'private';
  allocationId: string;
  publicIp: string;
  /** Its interface; undefined once that is gone. */
  interface: PlantedInterface | undefined;
  createdAt: number;
  deletedAt?: number;
  /** Why it will fail, or has. */
  failure?: Failure;
}

export type NatState = 'pending' | 'failed' | 'available' | 'deleting' | 'deleted';

export function natGateways({ state }: BenchContext): Map<string, NatGateway> {
  const known = state.get('ec2:nat');
  if (known instanceof Map) return known;
  const fresh = new Map<string, NatGateway>();
  state.set('ec2:nat', fresh);
  return fresh;
}

export function natGatewaysIn(bench: BenchContext, { accountId, region }: Place): NatGateway[] {
  return [...natGateways(bench).values()].filter(
    ({ place }) => place.accountId === accountId && place.region === region,
  );
}

export function natGateway(bench: BenchContext, place: Place, id: string): NatGateway | undefined {
  return natGatewaysIn(bench, place).find(one => one.id === id);
}

export function natState(bench: BenchContext, { createdAt, deletedAt, failure }: NatGateway): NatState {
  const now = bench.now();
  if (deletedAt !== undefined)
    return now < deletedAt + pacedMs(bench, DELETING_SECONDS) ? 'deleting' : 'deleted';
  if (now < createdAt + pacedMs(bench, PENDING_SECONDS)) return 'pending';
  return failure === undefined ? 'available' : 'failed';
}

/** Whether EC2 keeps an address for a NAT gateway: a while longer than it shows so. */
export function isHeldByNat(bench: BenchContext, place: Place, allocationId: string): boolean {
  return natGatewaysIn(bench, place).some(
    ({ allocationId: held, failure, deletedAt }) =>
      held === allocationId &&
      failure === undefined &&
      (deletedAt === undefined ||
        bench.now() < deletedAt + pacedMs(bench, DELETING_SECONDS + HOLDING_SECONDS)),
  );
}

/** Brings about what time has done: interfaces of deleted and failed ones go, and an hour later the gateway itself. */
export async function settleNatGateways(bench: BenchContext): Promise<void> {
  for (const gateway of natGateways(bench).values()) {
    const state = natState(bench, gateway);
    if (state !== 'deleted' && state !== 'failed') continue;
    if (gateway.interface !== undefined) {
      const { place, interface: planted } = gateway;
      gateway.interface = undefined;
      await uprootInterface(bench, place, planted);
    }
    const over = gateway.deletedAt ?? gateway.createdAt;
    if (bench.now() >= over + pacedMs(bench, SHOWN_SECONDS)) natGateways(bench).delete(gateway.id);
  }
}

/** Whether time has something to bring about. */
export function needsSettling(bench: BenchContext): boolean {
  return [...natGateways(bench).values()].some(gateway =>
    ['deleted', 'failed'].includes(natState(bench, gateway)),
  );
}
