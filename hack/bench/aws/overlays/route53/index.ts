import type { Overlay } from '../../overlay.ts';
import { changeOverlays } from './changes.ts';
import { recordOverlays } from './records.ts';
import { zoneOverlays } from './zones.ts';

export const route53Overlays: Overlay[] = [...zoneOverlays, ...recordOverlays, ...changeOverlays];
