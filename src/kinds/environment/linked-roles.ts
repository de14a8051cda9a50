import type { LinkedService, ServiceLinkedRoleDesired } from '../../aws/iam/service-linked-role.ts';
import type { GraphNode } from '../../engine/graph.ts';

export function linkedRoleId(service: string): string {
  return `linked-role/${service}`;
}

/** Roles that AWS's services have once in an account: looked up, made where they are missing, never changed. */
export function linkedRoleNode(service: LinkedService): GraphNode<ServiceLinkedRoleDesired> {
  const short = service.slice(0, service.indexOf('.'));
  return {
    id: linkedRoleId(short),
    type: 'iam/service-linked-role',
    role: 'shared',
    dependsOn: [],
    desired: () => ({ service }),
  };
}
