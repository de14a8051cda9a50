import type { AliasDesired } from '../aws/kms/alias.ts';
import type { KeyDesired, KeyState } from '../aws/kms/key-state.ts';
import { ALIAS_NAME } from '../aws/names.ts';
import { policyOf, type Statement } from '../aws/policy.ts';
import { type GraphNode, isWaiting, type Observations, type Waiting } from '../engine/graph.ts';
import type { Tags } from '../engine/owner.ts';
import { type KindInput, nameOf, tagsOf } from './kind.ts';
import { accountOwnsKey } from './statements.ts';

// AWS KMS Developer Guide, "Rotating AWS KMS keys": a year is AWS's own default.
const ROTATION_DAYS = 365;

/** An object's key and the alias that people find it by. Removing it schedules its deletion: it can be brought back. */
export function keyNodes(
  input: KindInput<{ tags?: Tags | undefined }>,
  of: {
    readonly description: string;
    /** `policy`: as AWS has it; undefined before there is one. */
    readonly statements: (policy: string | undefined, seen: Observations) => readonly Statement[];
    readonly deletionWindowDays: number;
    readonly optional: boolean;
    readonly keepOnDelete?: string;
    /** Tags of the key that are the kind's own. */
    readonly marks?: Tags;
    /** What the policy names must exist before. */
    readonly dependsOn?: readonly string[];
  },
): readonly GraphNode[] {
  const keep = of.keepOnDelete === undefined ? {} : { keepOnDelete: of.keepOnDelete };
  const key: GraphNode<KeyDesired> = {
    id: 'key',
    type: 'kms/key',
    dependsOn: of.dependsOn ?? [],
    optional: of.optional,
    ...keep,
    tags: tagsOf(input, 'key'),
    ...(of.marks === undefined ? {} : { marks: of.marks }),
    desired(seen) {
      const statements = of.statements(seen.state<KeyState>('key')?.policy, seen);
      return {
        description: of.description,
        policy: policyOf([accountOwnsKey(input.place), ...statements]),
        rotationPeriodDays: ROTATION_DAYS,
        deletionWindowDays: of.deletionWindowDays,
      };
    },
  };
  const alias: GraphNode<AliasDesired> = {
    id: 'alias',
    type: 'kms/alias',
    name: () => nameOf(input, input, 'alias', ALIAS_NAME),
    dependsOn: ['key'],
    optional: of.optional,
    ...keep,
    desired(seen) {
      const targetKeyId = seen.id('key');
      return targetKeyId === undefined ? { waitingFor: 'the key', node: 'key' } : { targetKeyId };
    },
  };
  return [key, alias];
}

/** The key of the environment, or the wait for it. */
export function environmentKey({ environment }: KindInput<unknown>): string | Waiting {
  return environment.keyArn ?? { waitingFor: `the key of OptaEnvironment ${environment.name}` };
}

/** Its own key or that of the environment. */
export function keyOf(input: KindInput<unknown>, ownKey: boolean, seen: Observations): string | Waiting {
  return ownKey ? (seen.arn('key') ?? { waitingFor: 'the key', node: 'key' }) : environmentKey(input);
}

/** How what it encrypts hangs on a key of its own: made after it, and gone before it and the alias, which nothing waits for. */
export function orderOf(ownKey: boolean): Required<Pick<GraphNode, 'dependsOn' | 'goesBefore'>> {
  return ownKey ? { dependsOn: ['key'], goesBefore: ['alias'] } : { dependsOn: [], goesBefore: [] };
}

type Attributes = Readonly<Record<string, string>>;

/** With that key. While there is none, what is there goes on by the key that it has, and with `kept` as it is. */
export function encryptedBy(
  key: string | Waiting,
  attributes: Attributes,
  kept: Attributes = {},
): { readonly attributes: Attributes } | Waiting {
  if (isWaiting(key)) return { ...key, meanwhile: { attributes: { ...attributes, ...kept } } };
  return { attributes: { KmsMasterKeyId: key, ...attributes } };
}

/**
 * Which key an object was once given: a key of its own in AWS tells, or that there is none beside what it encrypts. One that is
 * pending deletion is as good as gone to what reads it; its alias, which the object lets go first, says that it is to be brought back.
 */
export function keyChoiceOf(
  seen: Observations,
  encryptedIsThere: boolean,
): 'OwnKey' | 'EnvironmentKey' | undefined {
  if (seen.id('key') !== undefined || seen.id('alias') !== undefined) return 'OwnKey';
  return encryptedIsThere ? 'EnvironmentKey' : undefined;
}

/**
 * The key that encrypts something now: who reads and writes needs that one, also while the spec asks for another.
 * `inUse`: as AWS has it, an ARN, an id or an alias; where there is none, the key that the spec asks for.
 */
export function keyArnOf(
  { environment, place }: Pick<KindInput<unknown>, 'environment' | 'place'>,
  ownKey: boolean,
  seen: Observations,
  inUse: string | undefined,
): string | undefined {
  if (inUse === undefined || inUse === '') return ownKey ? seen.arn('key') : environment.keyArn;
  if (inUse.startsWith('arn:')) return inUse;
  const resource = inUse.startsWith('alias/') ? inUse : `key/${inUse}`;
  return `arn:${place.partition}:kms:${place.region}:${place.accountId}:${resource}`;
}
