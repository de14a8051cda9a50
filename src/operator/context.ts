import type { Sessions } from '../aws/sessions.ts';
import type { Claims } from '../engine/claims.ts';
import type { Clock } from '../engine/clock.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Log } from '../kube/log.ts';
import type { Transport } from '../kube/transport.ts';
import type { Known } from './known.ts';
import type { LiveEnvironments } from './live-environment.ts';
import type { OptaObject } from './objects.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

/** What reconciling has at hand; made once by the operator. */
export interface Context {
  readonly settings: Settings;
  /** UID of the kube-system namespace. */
  readonly cluster: string;
  readonly world: World;
  readonly transport: Transport;
  readonly sessions: Sessions;
  readonly claims: Claims;
  readonly liveEnvironments: LiveEnvironments;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  knownOf(object: OptaObject): Known;
  /** Tells of a write of ours, so that no pass starts from an older object. */
  wrote(object: OptaObject): void;
}
