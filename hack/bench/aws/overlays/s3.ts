import type { Overlay } from '../overlay.ts';
import { s3AbacOverlays } from './s3-abac.ts';
import { s3BucketOverlays } from './s3-bucket.ts';
import { s3ConfigurationOverlays } from './s3-configuration.ts';
import { s3NotificationOverlays } from './s3-notification.ts';
import { s3ObjectKeyOverlays } from './s3-object-key.ts';
import { s3PolicyOverlays } from './s3-policy.ts';
import { s3ReplicationOverlays } from './s3-replication.ts';
import { s3CopyOverlays } from './s3-replication-copy.ts';

export const s3Overlays: Overlay[] = [
  ...s3BucketOverlays,
  ...s3AbacOverlays,
  ...s3PolicyOverlays,
  ...s3ConfigurationOverlays,
  ...s3ObjectKeyOverlays,
  ...s3ReplicationOverlays,
  ...s3CopyOverlays,
  ...s3NotificationOverlays,
];
