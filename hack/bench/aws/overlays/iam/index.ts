import type { Overlay } from '../../overlay.ts';
import { documentOverlays } from './documents.ts';
import { nameOverlays } from './names.ts';
import { policyOverlays } from './policies.ts';
import { providerOverlays } from './providers.ts';
import { serviceLinkedOverlays } from './service-linked.ts';

export const iamOverlays: Overlay[] = [
  ...nameOverlays,
  ...serviceLinkedOverlays,
  ...documentOverlays,
  ...policyOverlays,
  ...providerOverlays,
];
