/** Network interfaces of load balancers, by the gateway's clock: the emulator makes none. */
import type { BenchContext } from '../../overlay.ts';
import { type PlantedInterface, plantInterface, uprootInterface } from '../ec2/interfaces.ts';
import { pacedMs } from '../pace.ts';
import type { Place } from '../questions.ts';

/** AWS names no time for it; people see minutes. */
const INTERFACES_SECONDS = 90;

export interface MadeLoadBalancer extends Place {
  /** ARN, or the name of a classic one. */
  id: string;
  subnetIds: string[];
  groupIds: string[];
  type: 'application' | 'network' | 'classic';
}

interface Stored {
  place: Place;
  interfaces: PlantedInterface[];
  deletedAt?: number;
}

function stored({ state }: BenchContext): Map<string, Stored> {
  const known = state.get('elb:interfaces');
  if (known instanceof Map) return known;
  const fresh = new Map<string, Stored>();
  state.set('elb:interfaces', fresh);
  return fresh;
}

const keyOf = ({ accountId, region }: Place, id: string) => `${accountId} ${region} ${id}`;

const INTERFACE_TYPES = { application: 'interface', network: 'network_load_balancer', classic: 'interface' };

export async function plantInterfaces(bench: BenchContext, made: MadeLoadBalancer): Promise<void> {
  const { accountId, region, id, type, groupIds } = made;
  const interfaces: PlantedInterface[] = [];
  for (const subnetId of made.subnetIds) {
    interfaces.push(
      await plantInterface(bench, {
        accountId,
        region,
        subnetId,
        description: `ELB ${id.slice(id.indexOf('/') + 1)}`,
        interfaceType: INTERFACE_TYPES[type],
        requesterId: 'amazon-elb',
        ...(groupIds.length > 0 && { groupIds }),
      }),
    );
  }
  stored(bench).set(keyOf(made, id), { place: { accountId, region }, interfaces });
}

export function loadBalancerDeleted(bench: BenchContext, place: Place, id: string): void {
  const one = stored(bench).get(keyOf(place, id));
  if (one !== undefined) one.deletedAt ??= bench.now();
}

function isOver(bench: BenchContext, { deletedAt }: Stored): boolean {
  return deletedAt !== undefined && bench.now() >= deletedAt + pacedMs(bench, INTERFACES_SECONDS);
}

/** Whether interfaces of deleted load balancers are to go by now. */
export function needsSettling(bench: BenchContext): boolean {
  return [...stored(bench).values()].some(one => isOver(bench, one));
}

export async function settleLoadBalancers(bench: BenchContext): Promise<void> {
  for (const [key, one] of stored(bench)) {
    if (!isOver(bench, one)) continue;
    stored(bench).delete(key);
    for (const planted of one.interfaces) await uprootInterface(bench, one.place, planted);
  }
}
