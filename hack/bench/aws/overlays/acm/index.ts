import type { Overlay } from '../../overlay.ts';
import { readOverlays } from './reads.ts';
import { requestOverlays } from './requests.ts';

export { renewCertificate, useCertificate } from './certificates.ts';

export const acmOverlays: Overlay[] = [...requestOverlays, ...readOverlays];
