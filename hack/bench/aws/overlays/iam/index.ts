import { isMutating } from '../../operations.ts';
import type { Overlay } from '../../overlay.ts';
import { alone } from '../alone.ts';
import { accountDetailOverlays } from './account-details.ts';
import { limitOverlays } from './limits.ts';
import { oidcOverlays } from './oidc.ts';
import { policyOverlays } from './policies.ts';
import { propagationOverlay } from './propagation.ts';
import { roleOverlays } from './roles.ts';
import { serviceLinkedOverlays } from './service-linked.ts';
import { iamTagOverlays } from './tags.ts';
import { thumbprintOverlay } from './thumbprints.ts';
import { userOverlays } from './users.ts';

const inOrder: Overlay = {
  service: 'iam',
  operation: /./,
  source: 'none: rules that look before they let a call through must find the same when it comes through',
  around: (call, bench, next) =>
    isMutating('iam', call.operation) ? alone(bench, `iam:${call.accountId}`, next) : next(),
};

/** What moto gets wrong of IAM where an operator can tell, in the order to be run in. */
export const iamOverlays: Overlay[] = [
  inOrder,
  propagationOverlay,
  ...roleOverlays,
  ...serviceLinkedOverlays,
  ...policyOverlays,
  ...oidcOverlays,
  ...limitOverlays,
  ...iamTagOverlays,
  ...userOverlays,
  ...accountDetailOverlays,
  thumbprintOverlay,
];
