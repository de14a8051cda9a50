import type { Adaptor } from '../engine/adaptor.ts';
import type { AwsScope } from './scope.ts';

/** What every adaptor here is. The engine holds it as a plain `Adaptor` and hands it the scope that the pass was opened with. */
export interface AwsAdaptor<D = unknown, S = unknown> extends Adaptor<D, S, AwsScope> {}
