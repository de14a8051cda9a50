import { partitionOf } from '../aws/arn.ts';
import type { AwsScope } from '../aws/scope.ts';
import type { Owner } from '../engine/owner.ts';
import type { Subject } from '../engine/pass.ts';
import type { AdoptionOf } from '../kinds/adopted.ts';
import { defaultFields, keptDefaults, withDefaults, writtenOf } from '../kinds/defaults.ts';
import { type FixedOf, withFixed } from '../kinds/fixed.ts';
import type { Kind, KindInput } from '../kinds/kind.ts';
import type { Context } from './context.ts';
import { factsOf, targetOf } from './environment-facts.ts';
import { ANNOTATION, annotation, isDeleting, type OptaObject, specOf } from './objects.ts';
import type { Senders } from './referrers.ts';
import { isEnvironment } from './world.ts';

export interface PassInput {
  readonly environment: OptaObject;
  readonly input: (defaults: Readonly<Record<string, unknown>>) => KindInput<unknown>;
  readonly scope: AwsScope;
  /** Another resource than the spec means. */
  readonly hasOther: boolean;
}

export function inputOf(
  context: Context,
  kind: Kind,
  object: OptaObject,
  environment: OptaObject,
  senders: Senders,
): (defaults: Readonly<Record<string, unknown>>) => KindInput<unknown> {
  const { region, accountId } = targetOf(environment);
  const { namespace } = object.metadata;
  const place = { region, accountId, partition: partitionOf(region) };
  return defaults => ({
    ...specOf(object),
    spec: withDefaults(object.spec, defaults),
    written: object.spec,
    installation: context.settings.installation,
    place,
    environment: isEnvironment(kind) ? { ...factsOf(environment), tags: {} } : factsOf(environment),
    ...senders,
    referred(reference) {
      const other = context.world.objects(reference.kind).get(`${namespace}/${reference.name}`);
      // Another environment is another account or region: what is there is not reached from here.
      return other === undefined || other.spec.environment !== object.spec.environment
        ? undefined
        : specOf(other);
    },
  });
}

/** What was chosen once, as the status has it. */
export function defaultsOf(
  kind: Kind,
  object: OptaObject,
  input: PassInput['input'],
): Readonly<Record<string, unknown>> {
  const kept = keptDefaults(kind, object.spec, object.status?.defaults);
  return withFixed(fixedOf(kind, object, input), kept, defaultFields(kind));
}

export function fixedOf({ fixed }: Kind, { spec, status }: OptaObject, input: PassInput['input']): FixedOf {
  return { fixed, spec, resources: status?.resources ?? [], input };
}

export function adoptionOf(
  { adopting }: Kind,
  { spec, status }: OptaObject,
  input: KindInput<unknown>,
): AdoptionOf {
  return { adopting, spec, resources: status?.resources ?? [], input };
}

export function ownerOf(context: Context, { kind, metadata }: OptaObject, environment: OptaObject): Owner {
  return {
    installation: context.settings.installation,
    cluster: context.cluster,
    environment: environment.metadata.name,
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
  };
}

/** `hasOther`: what it adopted was not made by it, also where the spec has forgotten that. */
export function deletionOf(kind: Kind, object: OptaObject, hasOther: boolean): Subject['deletion'] {
  if (!isDeleting(object)) return 'None';
  const { deletionPolicy, adopt } = object.spec;
  const isAdopted = adopt !== undefined || hasOther;
  const chosen = deletionPolicy ?? (isAdopted ? 'Retain' : kind.defaultDeletionPolicy);
  return chosen === 'Retain' ? 'Retain' : 'Remove';
}

export function subjectOf(context: Context, kind: Kind, object: OptaObject, of: PassInput): Subject {
  const { metadata, spec, status } = object;
  const approve = annotation(object, ANNOTATION.approve);
  const requested = annotation(object, ANNOTATION.reconcileRequestedAt);
  const approvedBy = metadata.annotatedBy?.[ANNOTATION.approve];
  const synced = status?.syncedGeneration;
  return {
    owner: ownerOf(context, object, of.environment),
    generation: metadata.generation ?? 0,
    ...(metadata.creationTimestamp === undefined ? {} : { createdAt: metadata.creationTimestamp }),
    policy: spec.managementPolicy ?? 'Apply',
    deletion: deletionOf(kind, object, of.hasOther),
    ...(requested === undefined ? {} : { requested }),
    ...(approve === undefined ? {} : { approve }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    state: {
      resources: status?.resources ?? [],
      defaults: defaultsOf(kind, object, of.input),
      ...(status?.plan === undefined ? {} : { plan: status.plan }),
    },
    ...(synced === undefined ? {} : { syncedGeneration: synced }),
    defaults: kind.defaults(spec, context.clock.now()),
    written: writtenOf(spec, kind.defaults({}, 0)),
    settled: defaults => kind.settled?.(spec, defaults) ?? defaults,
    graph(defaults) {
      const nodes = kind.graph(of.input(defaults));
      // Taking care of a resource again means what was kept beside it too: its key, its dead-letter queue.
      return spec.adopt === undefined ? nodes : nodes.map(node => ({ ...node, adoptsKept: true }));
    },
    ...(kind.left === undefined ? {} : { left: kind.left(spec) }),
  };
}
