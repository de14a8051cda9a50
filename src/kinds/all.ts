import { bucketKind } from './bucket.ts';
import { environmentKind } from './environment/environment.ts';
import type { Kind } from './kind.ts';
import { queueKind } from './queue.ts';
import { topicKind } from './topic.ts';

/** Every kind that this operator serves; a new one is a file beside these and a line here. */
export const KINDS: readonly Kind[] = [environmentKind, queueKind, topicKind, bucketKind] as readonly Kind[];
