import { Queue, type QueueSpec, RETENTION_SECONDS } from '../api/queue.ts';
import { nameInArn, queueArn } from '../aws/arn.ts';
import { type PolicyDocument, policyOf } from '../aws/policy.ts';
import type { QueueDesired, QueueState } from '../aws/sqs/queue.ts';
import type { GraphNode, Observations } from '../engine/graph.ts';
import type { DefaultField } from '../engine/pass.ts';
import { unsetOf, valueAt } from './defaults.ts';
import {
  adoption,
  adoptionProblem,
  type Kind,
  type KindInput,
  type Problem,
  tagsOf,
  tagsProblem,
} from './kind.ts';
import type { Outputs } from './lasting-outputs.ts';
import { encryptedBy, keyArnOf, keyChoiceOf, keyNodes, keyOf, orderOf } from './own-key.ts';
import { policySizeProblem } from './policy-size.ts';
import {
  attributesOf,
  deadLetterMode,
  letsInEventBridge,
  redrive,
  settledDeadLetters,
} from './queue-found.ts';
import { deadLetterNameOf, namesOf, queueNameOf, senderStatements } from './senders.ts';
import {
  allowEventBridge,
  allowEventBridgeKeyUse,
  allowSend,
  denyPlaintext,
  type Form,
  keyForm,
} from './statements.ts';
import { unclaimedConditions, unclaimedIn } from './unclaimed.ts';

type Input = KindInput<QueueSpec>;

/** SQS: the queue, its dead-letter queue, and a key of its own. It opens policy and key for exactly who names it. */
export const queueKind: Kind<QueueSpec> = {
  api: Queue,
  defaultDeletionPolicy: 'Delete',
  adopting: { node: 'queue', nameOf: input => queueNameOf(input, input) },
  references: () => [],
  defaults,
  settled: settledDeadLetters,
  check: input =>
    adoptionProblem(input, queueNameOf(input, input)) ??
    retentionProblem(input.spec) ??
    tagsProblem(input) ??
    policyProblem(input),
  graph,
  outputs,
  unclaimed,
  conditions: (input, { seen }) => unclaimedConditions(input, unclaimed(input, seen)),
  connection(out) {
    const { url, arn, name } = out;
    if (typeof url !== 'string' || typeof arn !== 'string' || typeof name !== 'string') return undefined;
    return { url, arn, name };
  },
};

/** The spec's field, SQS's attribute, and what a new object gets. Amazon SQS API Reference, CreateQueue. */
const TIMINGS: readonly (readonly [keyof QueueSpec, string, number])[] = [
  ['delaySeconds', 'DelaySeconds', 0],
  ['messageRetentionSeconds', 'MessageRetentionPeriod', RETENTION_SECONDS],
  ['visibilityTimeoutSeconds', 'VisibilityTimeout', 30],
  ['receiveWaitTimeSeconds', 'ReceiveMessageWaitTimeSeconds', 20],
  ['maximumMessageSizeBytes', 'MaximumMessageSize', 1_048_576],
];
const MAX_RECEIVE_COUNT = 5;
/** Amazon SQS Developer Guide, "Amazon SQS policy quotas". */
const POLICY_QUOTA = { service: 'SQS', bytes: 8_192 };
/** 14 days, SQS's longest: time to look at what failed. */
const DEAD_LETTER_RETENTION_SECONDS = 1_209_600;

function defaults(spec: QueueSpec): readonly DefaultField[] {
  const timings = TIMINGS.map(([field, attribute, value]) => ({
    field,
    value,
    observed: (seen: Observations) => numberOf(attributesOf(seen)?.[attribute]),
  }));
  const all: readonly DefaultField[] = [
    ...timings,
    {
      field: 'contentBasedDeduplication',
      value: false,
      observed: seen => attributesOf(seen) && attributesOf(seen)?.ContentBasedDeduplication === 'true',
    },
    {
      field: 'encryption',
      value: 'OwnKey',
      probe: 'OwnKey',
      observed: seen => keyChoiceOf(seen, attributesOf(seen) !== undefined),
    },
    {
      field: 'acceptEventBridge',
      value: false,
      observed: letsInEventBridge,
      opens: true,
    },
    {
      field: 'deadLetter.mode',
      value: 'Enabled',
      probe: 'Enabled',
      observed: seen => deadLetterMode(spec, seen),
    },
    {
      field: 'deadLetter.maxReceiveCount',
      value: MAX_RECEIVE_COUNT,
      observed: seen => numberOf(redrive(seen)?.maxReceiveCount),
    },
    {
      field: 'deadLetter.messageRetentionSeconds',
      value: DEAD_LETTER_RETENTION_SECONDS,
      observed: seen => numberOf(seen.state<QueueState>('dead-letter')?.attributes.MessageRetentionPeriod),
    },
  ];
  return unsetOf(spec, all);
}

function numberOf(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function graph(input: Input): readonly GraphNode[] {
  const { spec, place } = input;
  const ownKey = spec.encryption === 'OwnKey';
  const deadLetter = spec.deadLetter?.mode === 'Enabled';
  const nodes: GraphNode[] = [];
  if (ownKey) {
    nodes.push(
      ...keyNodes(input, {
        description: `Queue ${input.namespace}/${input.name} of ${input.environment.name}`,
        statements: policy => [
          ...senderStatements(input, keyForm(place), policy),
          ...(spec.acceptEventBridge === true ? [allowEventBridgeKeyUse(place)] : []),
        ],
        deletionWindowDays: input.environment.keyDeletionWindowDays,
        optional: true,
      }),
    );
  }
  if (deadLetter) nodes.push(deadLetterNode(input, ownKey));
  nodes.push(queueNode(input, ownKey, deadLetter));
  return nodes;
}

/** `before`: as AWS has it. */
function queuePolicy(input: Input, before?: string): PolicyDocument {
  const { spec, place } = input;
  const arn = queueArn(place, queueNameOf(input, input));
  return policyOf([
    denyPlaintext('sqs', arn),
    ...senderStatements(input, sendForm(input), before),
    ...(spec.acceptEventBridge === true ? [allowEventBridge(place, arn)] : []),
  ]);
}

function sendForm(input: Input): Form {
  const arn = queueArn(input.place, queueNameOf(input, input));
  return sender => allowSend(input.place, arn, sender);
}

function unclaimed(input: Input, seen: Observations): readonly string[] | undefined {
  const attributes = attributesOf(seen);
  return attributes && unclaimedIn(input, seen, { form: sendForm(input), policy: attributes.Policy });
}

/** Admission sees only what is written; here with what was chosen once, or found in AWS. */
function retentionProblem(spec: QueueSpec): Problem | undefined {
  // How long a queue that is to be adopted keeps a message is not known yet: its dead-letter queue waits for that.
  if (spec.adopt !== undefined && spec.messageRetentionSeconds === undefined) return undefined;
  const message = retentionMistake(spec);
  return message === undefined
    ? undefined
    : { field: 'spec.deadLetter.messageRetentionSeconds', reason: 'InvalidSpec', message };
}

/** Amazon SQS Developer Guide, "Using dead-letter queues": in a standard queue a message keeps its age when it moves. */
function retentionMistake({ fifo, deadLetter, messageRetentionSeconds }: QueueSpec): string | undefined {
  const { mode, messageRetentionSeconds: kept = DEAD_LETTER_RETENTION_SECONDS } = deadLetter ?? {};
  const least = messageRetentionSeconds ?? RETENTION_SECONDS;
  if (fifo === true || mode === 'Disabled' || kept >= least) return undefined;
  return (
    `it is ${kept}, and the queue itself keeps a message for ${least}: one that moves keeps its age, and would be dropped. ` +
    'Write a longer one, or a shorter spec.messageRetentionSeconds'
  );
}

function policyProblem(input: Input): Problem | undefined {
  const helps = `${input.referrers.length} Topics and Buckets send to it; let some of them send to another Queue`;
  return policySizeProblem(queuePolicy(input), POLICY_QUOTA, { field: 'metadata', helps });
}

function queueNode(input: Input, ownKey: boolean, deadLetter: boolean): GraphNode<QueueDesired> {
  const { spec, place } = input;
  const [name, ...formerNames] = namesOf(input, queue => queueNameOf(input, queue));
  const { dependsOn, goesBefore } = orderOf(ownKey);
  return {
    id: 'queue',
    type: 'sqs/queue',
    name: () => name,
    formerNames,
    dependsOn: [...dependsOn, ...(deadLetter ? ['dead-letter'] : [])],
    goesBefore,
    tags: tagsOf(input, 'queue'),
    ...adoption(input, name),
    desired(seen) {
      const policy = queuePolicy(input, attributesOf(seen)?.Policy);
      const attributes: Record<string, string> = { Policy: JSON.stringify(policy) };
      for (const [field, attribute] of TIMINGS) attributes[attribute] = String(spec[field]);
      if (spec.fifo === true) {
        attributes.FifoQueue = 'true';
        attributes.ContentBasedDeduplication = String(spec.contentBasedDeduplication === true);
      }
      if (deadLetter) {
        const deadLetterTargetArn = queueArn(place, deadLetterNameOf(input, input));
        attributes.RedrivePolicy = JSON.stringify({
          deadLetterTargetArn,
          maxReceiveCount: spec.deadLetter?.maxReceiveCount,
        });
      } else if (valueAt(input.written, 'deadLetter.mode') === 'Disabled') attributes.RedrivePolicy = '';
      // SQS takes no dead-letter queue that is not there.
      const isThere = !deadLetter || seen.id('dead-letter') !== undefined;
      const { RedrivePolicy = '' } = attributesOf(seen) ?? {};
      return encryptedBy(keyOf(input, ownKey, seen), attributes, isThere ? {} : { RedrivePolicy });
    },
  };
}

function deadLetterNode(input: Input, ownKey: boolean): GraphNode<QueueDesired> {
  const { spec, place } = input;
  const [name, ...formerNames] = namesOf(input, queue => deadLetterNameOf(input, queue));
  const sourceQueueArns = [queueArn(place, queueNameOf(input, input))];
  return {
    id: 'dead-letter',
    type: 'sqs/queue',
    name: () => name,
    formerNames,
    ...orderOf(ownKey),
    optional: true,
    tags: tagsOf(input, 'dead-letter'),
    desired(seen) {
      // What the spec leaves out may have come from AWS in this very pass, or is about to.
      const messageRetentionSeconds = numberOf(attributesOf(seen)?.MessageRetentionPeriod);
      const mistake = retentionMistake(spec);
      const isMistakeInAws =
        messageRetentionSeconds === undefined ||
        retentionMistake({ ...spec, messageRetentionSeconds }) !== undefined;
      if (mistake !== undefined && isMistakeInAws)
        return { waitingFor: `another spec.deadLetter.messageRetentionSeconds: ${mistake}` };
      const attributes: Record<string, string> = {
        Policy: JSON.stringify(policyOf([denyPlaintext('sqs', queueArn(place, name))])),
        MessageRetentionPeriod: String(spec.deadLetter?.messageRetentionSeconds),
        RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns }),
      };
      if (spec.fifo === true) attributes.FifoQueue = 'true';
      return encryptedBy(keyOf(input, ownKey, seen), attributes);
    },
  };
}

function outputs(input: Input): Outputs {
  // As they are in AWS, also while the spec asks for others in their place.
  return {
    url: seen => addressOf(seen, 'queue')?.url,
    arn: seen => addressOf(seen, 'queue')?.arn,
    name: seen => addressOf(seen, 'queue')?.name,
    keyArn: seen =>
      keyArnOf(input, input.spec.encryption === 'OwnKey', seen, attributesOf(seen)?.KmsMasterKeyId),
    deadLetter: seen => addressOf(seen, 'dead-letter'),
  };
}

function addressOf(seen: Observations, node: string) {
  const [url, arn] = [seen.id(node), seen.arn(node)];
  return url === undefined || arn === undefined ? undefined : { url, arn, name: nameInArn(arn) };
}
