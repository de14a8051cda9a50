/** Pod Identity associations. Source: Amazon EKS API Reference, CreatePodIdentityAssociation and its siblings. */
import { arnOf, clusterOf, type EksCall, type Handler, hex, usableCluster } from './call.ts';
import { flag, type Json, text } from './input.ts';
import { roleNow } from './network.ts';
import { page } from './pages.ts';
import { absent, badState, inUse, invalid } from './refusal.ts';
import { type Cluster, seconds, type Thing } from './state.ts';
import { tagsOf } from './tags.ts';
import { remember } from './tokens.ts';

const AGENT = 'pods.eks.amazonaws.com';

function associationOf(call: EksCall): { cluster: Cluster; association: Thing; id: string } {
  const cluster = clusterOf(call);
  const id = text(call.input, 'associationId') ?? '';
  const association = cluster.associations.get(id);
  if (association === undefined) throw absent(`Association with id ${id} does not exist`);
  return { cluster, association, id };
}

/** User guide, "Create IAM role with trust policy required by EKS Pod Identity": the agent's service assumes it. */
async function checkRole(call: EksCall, arn: string): Promise<void> {
  const role = await roleNow(call, arn);
  if (role === undefined) throw invalid(`Role provided in the request does not exist: ${arn}`);
  if (role !== 'unknown' && !role.trusts.includes(AGENT))
    throw invalid('Trust policy of the role does not allow pods.eks.amazonaws.com to assume it');
}

/** "When using this policy, disableSessionTags must be set to true." */
function checkPolicy(policy: string | undefined, disableSessionTags: boolean): void {
  if (policy !== undefined && policy !== '' && !disableSessionTags)
    throw invalid('A policy can be used only with disableSessionTags');
}

export async function addAssociation(call: EksCall, cluster: Cluster, input: Json): Promise<Thing> {
  const [namespace, serviceAccount] = [text(input, 'namespace') ?? '', text(input, 'serviceAccount') ?? ''];
  const roleArn = text(input, 'roleArn') ?? '';
  for (const { wire } of cluster.associations.values())
    if (wire.namespace === namespace && wire.serviceAccount === serviceAccount)
      throw inUse(`Association already exists: ${wire.associationId}`);
  await checkRole(call, roleArn);
  const disableSessionTags = flag(input, 'disableSessionTags') ?? false;
  checkPolicy(text(input, 'policy'), disableSessionTags);
  const id = `a-${hex(17)}`;
  const now = seconds(call.now);
  const wire: Json = {
    clusterName: cluster.wire.name,
    namespace,
    serviceAccount,
    roleArn,
    associationArn: arnOf(call.place, `podidentityassociation/${cluster.wire.name}/${id}`),
    associationId: id,
    tags: tagsOf(input),
    createdAt: now,
    modifiedAt: now,
    disableSessionTags,
    ...(text(input, 'ownerArn') === undefined ? {} : { ownerArn: text(input, 'ownerArn') }),
    ...(text(input, 'policy') === undefined ? {} : { policy: text(input, 'policy') }),
    ...(text(input, 'targetRoleArn') === undefined
      ? {}
      : { targetRoleArn: text(input, 'targetRoleArn'), externalId: `${call.place.region}/${hex(32)}` }),
  };
  const association: Thing = { wire };
  cluster.associations.set(id, association);
  return association;
}

const createAssociation: Handler = async call => {
  const cluster = usableCluster(call);
  const association = await addAssociation(call, cluster, call.input);
  const id = String(association.wire.associationId);
  remember(call, () =>
    cluster.associations.get(id) === association ? { association: association.wire } : undefined,
  );
  return { association: association.wire };
};

const listAssociations: Handler = call => {
  const [namespace, serviceAccount] = [text(call.input, 'namespace'), text(call.input, 'serviceAccount')];
  const found = [...clusterOf(call).associations.values()].filter(
    ({ wire }) =>
      (namespace === undefined || wire.namespace === namespace) &&
      (serviceAccount === undefined || wire.serviceAccount === serviceAccount),
  );
  const summaries = found.map(({ wire }) => ({
    clusterName: wire.clusterName,
    namespace: wire.namespace,
    serviceAccount: wire.serviceAccount,
    associationArn: wire.associationArn,
    associationId: wire.associationId,
    ...(wire.ownerArn === undefined ? {} : { ownerArn: wire.ownerArn }),
  }));
  return page(call.input, 'associations', summaries);
};

/** Role, session tags, target role and policy change; what is not named stays. */
const updateAssociation: Handler = async call => {
  const { input, now } = call;
  const { association, id } = associationOf(call);
  const { wire } = association;
  if (wire.ownerArn !== undefined)
    throw badState(`Association ${id} is owned by ${wire.ownerArn}: change it through the add-on`);
  const roleArn = text(input, 'roleArn');
  if (roleArn !== undefined) await checkRole(call, roleArn);
  const after: Json = {};
  for (const field of ['roleArn', 'targetRoleArn', 'policy', 'disableSessionTags'])
    if (input[field] !== undefined) after[field] = input[field];
  const merged = { ...wire, ...after };
  checkPolicy(text(merged, 'policy'), flag(merged, 'disableSessionTags') ?? false);
  Object.assign(wire, after, { modifiedAt: seconds(now) });
  return { association: wire };
};

const deleteAssociation: Handler = call => {
  const { cluster, association, id } = associationOf(call);
  if (association.wire.ownerArn !== undefined)
    throw badState(
      `Association ${id} is owned by ${association.wire.ownerArn}: change it through the add-on`,
    );
  cluster.associations.delete(id);
  return { association: association.wire };
};

export const podIdentityHandlers: Record<string, Handler> = {
  CreatePodIdentityAssociation: createAssociation,
  DescribePodIdentityAssociation: call => ({ association: associationOf(call).association.wire }),
  ListPodIdentityAssociations: listAssociations,
  UpdatePodIdentityAssociation: updateAssociation,
  DeletePodIdentityAssociation: deleteAssociation,
};
