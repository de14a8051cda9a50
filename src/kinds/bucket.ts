import { Bucket, type BucketSpec } from '../api/bucket.ts';
import { bucketArn, dnsSuffix } from '../aws/arn.ts';
import { BUCKET_NAME, isLikeResourceName } from '../aws/names.ts';
import { policyOf, type Statement } from '../aws/policy.ts';
import { OWN_RULE_IDS } from '../aws/s3/lifecycle-rule.ts';
import type { BucketDesired, BucketSettings, BucketState } from '../aws/s3/settings.ts';
import { type GraphNode, isWaiting, type Observations, type TaggedObservations } from '../engine/graph.ts';
import { ADOPTED_TAG, INSTALLATION_TAG, TAG_PREFIX } from '../engine/owner.ts';
import type { DefaultField } from '../engine/pass.ts';
import { lifecycleDefaults, settledLifecycle } from './bucket-lifecycle.ts';
import { NOTIFICATIONS, notificationNodes, overlapProblem } from './bucket-notifications.ts';
import { isPublicByUs, publicProblem, publicRead, unreadableProblem } from './bucket-public.ts';
import { replicaNameOf, replicaNodes } from './bucket-replica.ts';
import {
  heldBackConditions,
  heldBackOf,
  isAdopted,
  isByKms,
  logPrefix,
  privateBucket,
  tlsStatements,
} from './bucket-settings.ts';
import { deniedToEmpty, statementProblem } from './bucket-statement.ts';
import { unsetOf } from './defaults.ts';
import {
  adoption,
  adoptionProblem,
  isAdoptionGranted,
  type Kind,
  type KindInput,
  type Problem,
  tagsOf,
  tagsProblem,
} from './kind.ts';
import type { Outputs } from './lasting-outputs.ts';
import { policySizeProblem } from './policy-size.ts';
import { bucketNameOf, computedBucketNameOf } from './senders.ts';

type Input = KindInput<BucketSpec>;

// Amazon S3 User Guide, "Bucket policies": 20 KB.
const POLICY_QUOTA = { service: 'S3', bytes: 20_480 };

/** S3: the bucket with all that keeps it private, and its event notifications. */
export const bucketKind: Kind<BucketSpec> = {
  api: Bucket,
  defaultDeletionPolicy: 'Delete',
  adopting: { node: 'bucket', nameOf: input => bucketNameOf(input, input) },
  references: spec =>
    (spec.notifications ?? []).map(one =>
      one.queue === undefined ? { kind: 'Topic', name: one.topic ?? '' } : { kind: 'Queue', name: one.queue },
    ),
  linkTo: () => NOTIFICATIONS,
  defaults,
  settled: settledLifecycle,
  check,
  graph: input => [bucketNode(input), ...replicaNodes(input), ...notificationNodes(input)],
  outputs,
  conditions: (input, { seen }) =>
    heldBackConditions(input, input.spec.replica === undefined ? ['bucket'] : ['bucket', 'replica'], seen),
  connection(out) {
    const { name, arn, region, regionalDomainName } = out;
    if (typeof name !== 'string' || typeof arn !== 'string' || typeof region !== 'string') return undefined;
    return { bucket: name, arn, region, regionalDomainName: String(regionalDomainName) };
  },
};

function defaults(spec: BucketSpec): readonly DefaultField[] {
  const setting = (seen: Observations, name: string) => seen.state<BucketState>('bucket')?.settings[name];
  return unsetOf(spec, [
    {
      field: 'publicRead',
      value: false,
      observed: isPublicByUs,
      opens: true,
    },
    onceMade({
      field: 'encryption',
      value: 'AES256',
      // With a key by default a public bucket would wait for a person, and not be looked at.
      probe: 'AES256',
      observed: seen => encryptionOf(setting(seen, 'encryption')),
    }),
    onceMade({
      field: 'versioning',
      value: true,
      // Who asks for a replica asks for versions, whatever the bucket has.
      observed: seen =>
        setting(seen, 'versioning') === undefined
          ? undefined
          : spec.replica !== undefined || setting(seen, 'versioning') === 'Enabled',
    }),
    onceMade({ field: 'accessLogs', value: 'Enabled', probe: 'Enabled', observed: accessLogsOf }),
    { field: 'forceDestroy', value: false },
    ...lifecycleDefaults(spec).map(onceMade),
  ]);
}

/** The policy is written last: what one of ours that has none does not have yet was not decided, but not reached. */
function onceMade(field: DefaultField): DefaultField {
  function isMade(seen: TaggedObservations): boolean {
    const tags = seen.tags('bucket');
    const isOurs = tags[INSTALLATION_TAG] !== undefined && tags[ADOPTED_TAG] === undefined;
    return !isOurs || seen.state<BucketState>('bucket')?.settings.policy !== undefined;
  }
  return { ...field, observed: seen => (isMade(seen) ? field.observed?.(seen) : undefined) };
}

/** Logs that go elsewhere, or nowhere, are somebody's decision: they are left so, and not ours. */
function accessLogsOf(seen: TaggedObservations): 'Enabled' | 'Disabled' | undefined {
  const settings = seen.state<BucketState>('bucket')?.settings;
  // Without a log bucket nobody looked, but at what is adopted.
  if (settings === undefined || !('logging' in settings)) return undefined;
  const { logging } = settings;
  if (typeof logging !== 'object' || logging === null) return 'Disabled';
  const { [`${TAG_PREFIX}namespace`]: namespace, [`${TAG_PREFIX}name`]: name } = seen.tags('bucket');
  return Reflect.get(logging, 'prefix') === logPrefix({ namespace, name }) ? 'Enabled' : 'Disabled';
}

/** Where there is no log bucket there may be one later, and what was adopted goes on as it was found. */
function logsAsTheyAre({ spec, environment }: Input): Pick<BucketSettings, 'looksAt'> {
  const isOpen = spec.accessLogs === 'Enabled' && environment.logBucket === 'Disabled';
  return isOpen ? { looksAt: ['logging'] } : {};
}

function encryptionOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return isByKms(value) ? 'EnvironmentKey' : 'AES256';
}

function check(input: Input): Problem | undefined {
  const { spec } = input;
  const adopting = adoptionProblem(input, bucketNameOf(input, input));
  if (adopting !== undefined) return adopting;
  const named = nameProblem(input);
  if (named !== undefined) return named;
  const isPublic = publicProblem(input);
  if (isPublic !== undefined) return isPublic;
  const unreadable = unreadableProblem(spec, spec.encryption === 'EnvironmentKey');
  if (unreadable !== undefined) return unreadable;
  // The default may have been chosen before the replica was asked for; admission sees only what the spec says.
  if (spec.replica !== undefined && spec.versioning === false) {
    return {
      field: 'spec.replica',
      reason: 'InvalidSpec',
      message: 'it needs versioning, which is off in this bucket: set spec.versioning: true',
    };
  }
  const policy = policyOf(policyStatements(input, bucketNameOf(input, input)));
  const helps = 'write fewer or shorter statements, with * where resources or principals have much in common';
  const tooLong = policySizeProblem(policy, POLICY_QUOTA, { field: 'spec.policyStatements', helps });
  if (tooLong !== undefined) return tooLong;
  for (const statement of spec.policyStatements ?? []) {
    const problem = statementProblem(input, statement);
    if (problem !== undefined) return problem;
  }
  return overlapProblem(spec) ?? tagsProblem(input);
}

/** A name that the operator gives is the first one's who asks S3 for it: nobody may ask for that of others. */
function nameProblem(input: Input): Problem | undefined {
  const { name } = input.spec;
  if (name === undefined || !isLikeResourceName(name, input.installation, BUCKET_NAME)) return undefined;
  if (name === computedBucketNameOf(input, input) || isAdoptionGranted(input, input, name)) return undefined;
  return {
    field: 'spec.name',
    reason: 'InvalidSpec',
    message:
      `${name} looks like a name that the operator gives, which may be that of another bucket: choose one that does not begin with ` +
      `${input.installation}- or does not end in a dash and six letters or digits; a bucket that exists needs spec.grants.adopt ` +
      `of the OptaEnvironment ${input.environment.name}`,
  };
}

function bucketNode(input: Input): GraphNode<BucketDesired> {
  const { spec } = input;
  const name = bucketNameOf(input, input);
  return {
    id: 'bucket',
    type: 's3/bucket',
    name: () => name,
    dependsOn: [],
    tags: tagsOf(input, 'bucket'),
    ...adoption(input, name),
    heldBack: seen => heldBackOf(input, seen.state('bucket')).length > 0,
    desired(seen) {
      const wasThere = isAdopted(input, seen);
      const both = privateBucket(input, {
        policy: policyStatements(input, name),
        keepsObjects: teamStatements(input, name, one => deniedToEmpty(input, one) !== undefined),
        logPrefix: '',
        state: seen.state('bucket'),
        isAdopted: wasThere,
      });
      if (isWaiting(both)) return both;
      // What was seen in AWS is chosen after the check.
      const refused = publicProblem(input);
      if (refused !== undefined)
        return { waitingFor: `a grant of ${refused.field}: ${refused.message}`, leaving: both };
      const unreadable = unreadableProblem(spec, isByKms(both.settings.encryption));
      if (unreadable !== undefined) {
        const waitingFor = `another ${unreadable.field}: ${unreadable.message}`;
        return { waitingFor, needsPerson: true, leaving: both };
      }
      return {
        ...both,
        settings: {
          ...both.settings,
          publicAccess: spec.publicRead === true ? 'PolicyAllowed' : 'Blocked',
          ...(wasThere ? { ownRules: OWN_RULE_IDS, ...logsAsTheyAre(input) } : {}),
          ...(spec.cors === undefined ? {} : { cors: corsRules(spec.cors) }),
        },
      };
    },
  };
}

function policyStatements(input: Input, name: string): readonly Statement[] {
  const { spec, place } = input;
  const open = spec.publicRead === true ? [publicRead(bucketArn(place, name))] : [];
  return [...tlsStatements(place, name), ...open, ...teamStatements(input, name)];
}

type PolicyStatement = NonNullable<BucketSpec['policyStatements']>[number];

function teamStatements(
  { spec, place }: Input,
  name: string,
  isMeant: (one: PolicyStatement) => boolean = () => true,
): readonly Statement[] {
  const arn = bucketArn(place, name);
  return (spec.policyStatements ?? []).filter(isMeant).map(one => {
    const { aws = [], services = [] } = one.principals;
    const principal = {
      ...(aws.length === 0
        ? {}
        : { AWS: aws.map(id => (/^\d{12}$/.test(id) ? `arn:${place.partition}:iam::${id}:root` : id)) }),
      ...(services.length === 0 ? {} : { Service: services }),
    };
    return {
      Sid: one.sid,
      Effect: one.effect,
      Principal: aws.includes('*') ? '*' : principal,
      Action: one.actions,
      Resource: (one.resources ?? ['', '/*']).map(suffix => `${arn}${suffix}`),
      ...(one.conditions === undefined ? {} : { Condition: one.conditions }),
    } satisfies Statement;
  });
}

function corsRules(rules: NonNullable<BucketSpec['cors']>) {
  return rules.map(rule => ({
    AllowedOrigins: rule.allowedOrigins,
    AllowedMethods: rule.allowedMethods,
    ...(rule.allowedHeaders === undefined ? {} : { AllowedHeaders: rule.allowedHeaders }),
    ...(rule.exposeHeaders === undefined ? {} : { ExposeHeaders: rule.exposeHeaders }),
    ...(rule.maxAgeSeconds === undefined ? {} : { MaxAgeSeconds: rule.maxAgeSeconds }),
  }));
}

function outputs(input: Input): Outputs {
  const { spec, place } = input;
  const { region, partition } = place;
  const named = (of: (name: string) => string) => (seen: Observations) => {
    const name = seen.id('bucket');
    return name === undefined ? undefined : of(name);
  };
  return {
    name: named(name => name),
    arn: named(name => bucketArn(place, name)),
    region: named(() => region),
    regionalDomainName: named(name => `${name}.s3.${region}.${dnsSuffix(partition)}`),
    replica(seen) {
      if (spec.replica === undefined || seen.id('replica') === undefined) return undefined;
      const name = replicaNameOf(input);
      return { name, arn: bucketArn(place, name) };
    },
  };
}
