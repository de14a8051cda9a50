import type { Kind as Api } from '../api/define.ts';
import { MOST_USER_TAGS } from '../api/tags.ts';
import type { Place } from '../aws/arn.ts';
import { type NameRule, resourceName } from '../aws/names.ts';
import type { GraphNode, Observations } from '../engine/graph.ts';
import type { EntryState } from '../engine/inventory.ts';
import type { Tags } from '../engine/owner.ts';
import type { DefaultField } from '../engine/pass.ts';
import type { FixedField } from './fixed.ts';
import type { Outputs } from './lasting-outputs.ts';

export interface Reference {
  readonly kind: string;
  readonly name: string;
}

/** An object as a graph may know it: what it is called and what it asks for, never its status. */
export interface SpecOf<Spec = Record<string, unknown>> {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly spec: Spec;
}

/** An object that names another one, and so may send to it, or did. */
export interface ReferrerOf extends SpecOf {
  /** What it is called in AWS by its own record, whatever its spec and the grants say by now. */
  readonly names?: readonly string[];
  /** It names the other no more, and by its own record sends to it still. */
  readonly lingers?: true;
}

/** What an environment gives to the objects in it. */
export interface EnvironmentFacts {
  readonly name: string;
  readonly tags: Tags;
  /** Undefined until the environment has made it. */
  readonly keyArn: string | undefined;
  readonly keyDeletionWindowDays: number;
  /** `Disabled`, the bucket's name, or undefined while it is not there yet. */
  readonly logBucket: string | undefined;
  readonly grants: Grants;
}

export interface Grants {
  readonly publicBuckets?: { readonly namespaces?: readonly string[] | undefined } | undefined;
  readonly principals?: readonly unknown[] | undefined;
  readonly adopt?: readonly { namespace: string; kind: string; ids: readonly string[] }[] | undefined;
}

export interface KindInput<Spec> extends SpecOf<Spec> {
  /** The spec as it is written, without defaults. */
  readonly written: object;
  readonly installation: string;
  readonly place: Place;
  readonly environment: EnvironmentFacts;
  /** An object of the same namespace that this one names; undefined while there is none. */
  referred(reference: Reference): SpecOf | undefined;
  /** Objects of the same namespace that name this one, or send to it still. */
  readonly referrers: readonly ReferrerOf[];
  /**
   * Sources, by their ARNs, that stay let in though no object here is theirs. Undefined: who is let in is on no record, as in a
   * cluster that is rebuilt, and all stay that its own statements let in.
   */
  readonly unclaimed?: readonly string[];
}

/** What is wrong with a spec beyond what the API server can see. */
export interface Problem {
  /** `spec.publicRead` */
  readonly field: string;
  readonly message: string;
  /** Who has to do something: an administrator who grants it (default), or the author of the spec. */
  readonly reason?: 'NotGranted' | 'InvalidSpec';
  /** What AWS lets others do where the spec was carried out before, and the change of the spec that ends it. */
  readonly open?: { readonly what: string; readonly end: string };
}

/** What a kind's own conditions are told from. */
export interface ConditionsOf {
  readonly seen: Observations;
  /** The spec as it is written, without defaults. */
  readonly written: object;
  /** How each node of the graph stands. */
  readonly nodes: readonly NodeStanding[];
  /** In ms since 1970. */
  readonly now: number;
}

export interface NodeStanding {
  readonly node: string;
  /** `Ready` too where only a change of it waits for a person: the message says so. */
  readonly state: EntryState;
  readonly message?: string | undefined;
  /** Why it does not go on: the reason of what AWS answered in this pass, such as `Denied`, or that a person has to act. */
  readonly trouble?: string;
}

export interface KindCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** People are to hear of it, whatever else is as it should be: an event tells it once, and again when it says something else. */
  readonly warns?: true;
  /** What `Ready` says as well, while it is true and this is false. */
  readonly readyReason?: 'DelegationPending' | 'ValidationPending';
  /** AWS is not as the spec says yet, though nothing is to be written now: what `Synced` says instead of being true. */
  readonly notSynced?: {
    readonly reason: 'Upgrading' | 'UpgradeBlocked' | 'VersionBehind' | 'ChangeBlocked';
    readonly needsPerson: boolean;
  };
}

/** A kind is a schema and pure functions of it; there is no control flow of a kind anywhere else. */
export interface Kind<Spec = unknown> {
  readonly api: Api;
  /** Keeps what it is made of when the object is deleted and the spec says nothing. */
  readonly defaultDeletionPolicy: 'Delete' | 'Retain';
  /**
   * What its objects have is mostly read by lists that serve all of them: they are looked at together. Others are read one by
   * one, and spread.
   */
  readonly looksTogether?: true;
  references(spec: Spec): readonly Reference[];
  /** The node by which it sends to what it names: while that is on record, it may. Absent: it sends to nobody. */
  linkTo?(reference: Reference): string;
  /** Defaults of the fields that this spec leaves out, by their path. `now` in ms since 1970. */
  defaults(spec: Spec, now: number): readonly DefaultField[];
  /**
   * Defaults that were chosen before or seen in AWS: those that what is written leaves no room for are computed anew, and all
   * others stay. Absent: none stands in the way of another field.
   */
  settled?(spec: Spec, defaults: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Fields that cannot be changed once something was made by them, in the order in which they are told of. */
  readonly fixed?: readonly FixedField<Spec>[];
  /** What `spec.adopt` is about: its node, and its name as the spec has it now. */
  readonly adopting?: { readonly node: string; nameOf(input: KindInput<Spec>): string };
  /** Whom it lets in that no object here is known to be, as AWS has it; undefined while that is not seen. Absent: it lets in nobody. */
  unclaimed?(input: KindInput<Spec>, seen: Observations): readonly string[] | undefined;
  /** `now` in ms since 1970. */
  check(input: KindInput<Spec>, now: number): Problem | undefined;
  graph(input: KindInput<Spec>): readonly GraphNode[];
  /** What the spec says still of nodes that it has no more, by id: their removal goes by it. */
  left?(spec: Spec): Readonly<Record<string, unknown>>;
  /** For the status. */
  outputs(input: KindInput<Spec>): Outputs;
  /** Of its own, beside those that every kind has; what is not told any more goes. */
  conditions?(input: KindInput<Spec>, of: ConditionsOf): readonly KindCondition[];
  /** For the ConfigMap of the object's users; undefined while it would be incomplete. */
  connection?(
    outputs: Readonly<Record<string, unknown>>,
    input: KindInput<Spec>,
  ): Readonly<Record<string, string>> | undefined;
}

/** The name of a node's resource, for this object or for another one of the namespace. */
export function nameOf(
  input: Pick<KindInput<unknown>, 'installation' | 'place'> & {
    readonly environment: { readonly name: string };
  },
  object: { kind: string; namespace: string; name: string },
  node: string,
  rule: NameRule,
): string {
  return resourceName(
    {
      installation: input.installation,
      accountId: input.place.accountId,
      environment: input.environment.name,
      kind: object.kind,
      namespace: object.namespace,
      name: object.name,
      node,
    },
    rule,
  );
}

// AWS General Reference, "Tag naming limits and requirements".
const LONGEST_TAG_VALUE = 256;

/** The environment's tags and the object's own are on every resource, beside the operator's. */
export function tagsProblem(input: KindInput<{ tags?: Tags | undefined }>): Problem | undefined {
  const keys = Object.keys(userTagsOf(input));
  if (keys.length <= MOST_USER_TAGS) return undefined;
  const those = `with those of the environment ${input.environment.name} these are ${keys.length} tags`;
  const message = `${those}, and AWS takes ${MOST_USER_TAGS} beside the operator's own: leave some out`;
  return { field: 'spec.tags', reason: 'InvalidSpec', message };
}

/** User tags and a name for the console. */
export function tagsOf(input: KindInput<{ tags?: Tags | undefined }>, node: string): Tags {
  const path = [input.environment.name, input.namespace, input.name].filter(part => part !== '');
  const Name = [...path, node].join('/').slice(0, LONGEST_TAG_VALUE);
  return over({ Name }, userTagsOf(input));
}

/** The object's own win over the environment's. */
function userTagsOf(input: KindInput<{ tags?: Tags | undefined }>): Tags {
  return over(input.environment.tags ?? {}, input.spec.tags ?? {});
}

/** AWS IAM User Guide, "Rules for tagging in IAM and AWS STS": keys are the same whatever their case. */
function over(under: Tags, upper: Tags): Tags {
  const keys = new Set(Object.keys(upper).map(key => key.toLowerCase()));
  const rest = Object.entries(under).filter(([key]) => !keys.has(key.toLowerCase()));
  return { ...Object.fromEntries(rest), ...upper };
}

/** A spec, as far as it tells what is taken into care. */
export interface Adopting {
  readonly adopt?: { readonly name?: string | undefined } | undefined;
}

type Granting = Pick<KindInput<unknown>, 'environment'>;

/** True when the administrator granted this object the existing resource. */
export function isAdoptionGranted(
  { environment }: Granting,
  object: Pick<SpecOf, 'kind' | 'namespace'>,
  id: string,
): boolean {
  return (environment.grants.adopt ?? []).some(
    grant => grant.namespace === object.namespace && grant.kind === object.kind && grant.ids.includes(id),
  );
}

/**
 * The name of the object's resource. One that it would adopt without a grant is never its name: not for itself, whose
 * deletion would otherwise look for somebody else's resource, and not for those who send to it.
 */
export function ownName(
  input: Granting,
  object: Pick<SpecOf, 'kind' | 'namespace'>,
  of: {
    readonly spec: Adopting;
    readonly computed: string;
  },
): string {
  const adopted = of.spec.adopt?.name;
  return adopted !== undefined && isAdoptionGranted(input, object, adopted) ? adopted : of.computed;
}

/** The existing resource that the spec takes into care: the one it names, or the one that bears the computed name. */
function adoptedName(spec: Adopting, computed: string): string | undefined {
  return spec.adopt === undefined ? undefined : (spec.adopt.name ?? computed);
}

export function adoptionProblem(input: KindInput<Adopting>, computed: string): Problem | undefined {
  const name = adoptedName(input.spec, computed);
  if (name === undefined || isAdoptionGranted(input, input, name)) return undefined;
  return {
    field: 'spec.adopt',
    message:
      `the environment ${input.environment.name} does not grant ${input.kind} in namespace ${input.namespace} the resource ${name}; ` +
      'an administrator adds it to spec.grants.adopt of the OptaEnvironment',
  };
}

/** The node's members that say so. */
export function adoption(
  input: KindInput<Adopting>,
  computed: string,
): { readonly adopt?: string; readonly mayBeAdopted: true } {
  const adopt = adoptedName(input.spec, computed);
  const isGranted = adopt !== undefined && isAdoptionGranted(input, input, adopt);
  return { mayBeAdopted: true, ...(isGranted ? { adopt } : {}) };
}
