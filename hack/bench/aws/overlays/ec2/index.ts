import type { Overlay } from '../../overlay.ts';
import { attributeOverlays } from './attributes.ts';
import { deleteOverlays } from './deletes.ts';
import { endpointOverlays } from './endpoints.ts';
import { flowLogOverlays } from './flow-logs.ts';
import { groupRuleOverlays } from './group-rules.ts';
import { interfaceOverlays } from './interfaces.ts';
import { launchTemplateOverlays } from './launch-templates.ts';
import { natGatewayOverlays } from './nat-gateways.ts';
import { routeOverlays } from './routes.ts';
import { snapshotOverlays } from './snapshots.ts';
import { tagOverlays } from './tags.ts';
import { vpcPartOverlays } from './vpc-parts.ts';
import { writeOverlays } from './writes.ts';

/** What moto gets wrong of EC2 where an operator can tell, in the order to be run in. */
export const ec2Overlays: Overlay[] = [
  ...writeOverlays,
  ...attributeOverlays,
  ...tagOverlays,
  ...vpcPartOverlays,
  ...natGatewayOverlays,
  ...interfaceOverlays,
  ...deleteOverlays,
  ...groupRuleOverlays,
  ...routeOverlays,
  ...endpointOverlays,
  ...flowLogOverlays,
  ...launchTemplateOverlays,
  ...snapshotOverlays,
];
