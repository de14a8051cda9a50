import { onceFor } from './once-for.ts';

/**
 * Who a resource belongs to, and what its tags prove.
 *
 * Finding ignores `uid` and `cluster`, so that the same manifests in a rebuilt cluster find the same resources;
 * writing needs them to be ours, or the administrator's word that the other cluster is gone.
 */

export type Tags = Readonly<Record<string, string>>;

/** The Kubernetes object that owns a resource, and the operator installation that made it. */
export interface Owner {
  /** Unique in the AWS account; the key of every tag condition, IAM path and name prefix. */
  readonly installation: string;
  /** UID of the kube-system namespace: only the guard against two operators. */
  readonly cluster: string;
  readonly environment: string;
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export const TAG_PREFIX = 'opta.dev/';
/** On a resource that outlives its object on purpose; taking it up again needs `spec.adopt`. */
export const RETAINED_TAG = `${TAG_PREFIX}retained`;
/**
 * On what was there before its object: a spec may leave out `adopt` again, and a status be lost with its cluster, and what
 * others decided for it stays theirs all the same.
 */
export const ADOPTED_TAG = `${TAG_PREFIX}adopted`;
export const ATTEMPT_TAG = `${TAG_PREFIX}attempt`;
export const EPOCH_TAG = `${TAG_PREFIX}epoch`;
export const UID_TAG = `${TAG_PREFIX}uid`;
export const CLUSTER_TAG = `${TAG_PREFIX}cluster`;
export const INSTALLATION_TAG = `${TAG_PREFIX}installation`;
export const ENVIRONMENT_TAG = `${TAG_PREFIX}environment`;
export const KIND_TAG = `${TAG_PREFIX}kind`;
const NAMESPACE_TAG = `${TAG_PREFIX}namespace`;
export const NAME_TAG = `${TAG_PREFIX}name`;
const NODE_TAG = `${TAG_PREFIX}node`;

/** By node; asked for in each look at each resource. */
const identities = onceFor((_owner: Owner) => new Map<string, Tags>());

/** The tags that say whose resource it is: the part of the identity that survives a rebuilt cluster. */
export function identityTags(owner: Owner, node: string): Tags {
  const known = identities(owner);
  const tags = known.get(node) ?? Object.freeze(identityOf(owner, node));
  known.set(node, tags);
  return tags;
}

function identityOf(owner: Owner, node: string): Tags {
  return {
    [INSTALLATION_TAG]: owner.installation,
    [ENVIRONMENT_TAG]: owner.environment,
    [KIND_TAG]: owner.kind,
    // AWS accepts an empty tag value everywhere but reads of some services drop it, so it is written only when set.
    ...(owner.namespace === '' ? {} : { [NAMESPACE_TAG]: owner.namespace }),
    [NAME_TAG]: owner.name,
    [NODE_TAG]: node,
  };
}

/** All ownership tags, as given in the create call. */
export function ownershipTags(owner: Owner, node: string, epoch: number, attempt?: string): Tags {
  return {
    ...identityTags(owner, node),
    [CLUSTER_TAG]: owner.cluster,
    [UID_TAG]: owner.uid,
    [EPOCH_TAG]: String(epoch),
    ...(attempt === undefined ? {} : { [ATTEMPT_TAG]: attempt }),
  };
}

export type Verdict =
  /** This very object's. */
  | { readonly is: 'ours' }
  /** This object's before the cluster was rebuilt or the object re-created: uid and cluster are re-tagged. */
  | { readonly is: 'previous' }
  /** Kept on purpose by a deleted object: only `adopt` takes it. */
  | { readonly is: 'retained' }
  | { readonly is: 'foreign'; readonly why: string };

/** Judges tags as read from AWS. `takeOver` holds the cluster UIDs that the administrator declared gone. */
export function judge(tags: Tags, owner: Owner, node: string, takeOver: readonly string[]): Verdict {
  if (tags[INSTALLATION_TAG] === undefined) {
    return { is: 'foreign', why: 'it has no opta.dev tags, so it was not made by this operator' };
  }
  for (const [key, value] of Object.entries(identityTags(owner, node))) {
    if (tags[key] !== value) {
      const whose = ofAnother(tags, owner);
      const why = whose ?? `its tag ${key} is ${quoted(tags[key])}, not ${quoted(value)}`;
      return { is: 'foreign', why };
    }
  }
  if (owner.namespace === '' && tags[NAMESPACE_TAG]) {
    return {
      is: 'foreign',
      why: `its tag ${NAMESPACE_TAG} is ${quoted(tags[NAMESPACE_TAG])}`,
    };
  }
  if (tags[RETAINED_TAG] !== undefined) return { is: 'retained' };
  const cluster = tags[CLUSTER_TAG];
  if (cluster !== owner.cluster) {
    if (cluster === undefined) {
      return {
        is: 'foreign',
        why: `its tag ${CLUSTER_TAG} is missing, so it may be another cluster's; if it is this object's, put the tag back with the value "${owner.cluster}"`,
      };
    }
    if (takeOver.includes(cluster)) return { is: 'previous' };
    return {
      is: 'foreign',
      why: `it belongs to the cluster with UID "${cluster}"; if that cluster is gone, name its UID in the operator's --take-over-from`,
    };
  }
  return tags[UID_TAG] === owner.uid ? { is: 'ours' } : { is: 'previous' };
}

/** Of what another object of this cluster has: whom to ask, in words that a person looks it up by. */
function ofAnother(tags: Tags, owner: Owner): string | undefined {
  if (tags[INSTALLATION_TAG] !== owner.installation || tags[CLUSTER_TAG] !== owner.cluster) return undefined;
  const { [KIND_TAG]: kind, [NAMESPACE_TAG]: namespace = '', [NAME_TAG]: name } = tags;
  if (kind === undefined || name === undefined) return undefined;
  if (kind === owner.kind && namespace === owner.namespace && name === owner.name) return undefined;
  const path = namespace === '' ? name : `${namespace}/${name}`;
  return `by its tags it is that of ${kind} ${path} of this cluster`;
}

/** True where the tags name another object; what merely lacks some may have been ours, and lost them by hand. */
export function namesAnother(tags: Tags, owner: Owner, node: string): boolean {
  const mine = Object.entries(identityTags(owner, node));
  return mine.some(([key, value]) => tags[key] !== undefined && tags[key] !== value);
}

/** True for what this very object keeps as it goes; what an earlier object of its name kept is nobody's. */
export function isKeptBy(tags: Tags, owner: Owner): boolean {
  return tags[RETAINED_TAG] !== undefined && tags[UID_TAG] === owner.uid;
}

/** True for what no living object has: made by somebody else, or left by a deleted object on purpose. */
export function isAdoptable(tags: Tags): boolean {
  return tags[INSTALLATION_TAG] === undefined || tags[RETAINED_TAG] !== undefined;
}

/**
 * The tags of a parent as if they were its child's own: the child's node is another one of the same object, and how
 * often the parent was made says nothing of the child.
 */
export function tagsOfParent(tags: Tags, node: string): Tags {
  if (tags[NODE_TAG] === undefined) return tags;
  const { [EPOCH_TAG]: _epoch, [ATTEMPT_TAG]: _attempt, ...rest } = tags;
  return { ...rest, [NODE_TAG]: node };
}

function quoted(value: string | undefined): string {
  return value === undefined ? 'missing' : `"${value}"`;
}

/** True for a tag that says whose the resource is. */
export function isOwnershipTag(key: string): boolean {
  return key.startsWith(TAG_PREFIX);
}

/** True for tag keys that a user may not write: they carry meaning for us, AWS or Kubernetes. */
export function isReservedTag(key: string): boolean {
  return /^(opta\.dev\/|aws:|kubernetes\.io\/)/i.test(key);
}
