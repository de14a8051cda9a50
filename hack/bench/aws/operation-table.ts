/** Tables of operations: which an emulator serves, and which of them change anything. */

import type { Upstreams } from './emulators.ts';

export interface Service {
  /** Absent: no emulator serves it, only overlays do. */
  upstream?: keyof Upstreams;
  operations: ReadonlyMap<string, Operation>;
}

export interface Operation {
  mutating: boolean;
  /** False: the emulator lacks it, so only an overlay can answer; without one it is a 501. */
  served: boolean;
}

export interface OperationNames {
  reads: string;
  writes: string;
  lackingReads?: string;
  lackingWrites?: string;
}

export function table(names: OperationNames): ReadonlyMap<string, Operation> {
  const operations = new Map<string, Operation>();
  const add = (list: string, operation: Operation) => {
    for (const name of list.split(/\s+/)) if (name !== '') operations.set(name, operation);
  };
  add(names.reads, { mutating: false, served: true });
  add(names.writes, { mutating: true, served: true });
  add(names.lackingReads ?? '', { mutating: false, served: false });
  add(names.lackingWrites ?? '', { mutating: true, served: false });
  return operations;
}
