import { choice, reference } from './fields.ts';
import { immutable, type Rule } from './rules.ts';
import { Tags } from './tags.ts';

/** Where a change waits for a person. */
const ManagementPolicy = choice(
  ['Apply', 'ApproveHighRisk', 'ApproveAll', 'Observe'],
  'What the operator may do by itself. Apply: everything but replacing and adopting, removing data, and making a lost ' +
    'bucket, key, cluster or zone anew; nodes are renewed unasked where their group stays. ApproveHighRisk: changes of ' +
    'low risk. ApproveAll: nothing without approval. Observe: nothing, it only shows. Approve a plan by the annotation ' +
    'opta.dev/approve with the hash from status.plan. Default: Apply.',
);

const DeletionPolicy = choice(
  ['Delete', 'Retain'],
  'What deleting this object does to AWS. Delete: removes what the object made or adopted. Retain: leaves it, with the tag ' +
    'opta.dev/retained. Default: Delete, or Retain with adopt.',
);

const EnvironmentDeletionPolicy = DeletionPolicy.describe(
  'What deleting this object does to AWS. Delete: removes what the object made or adopted, but the key as encryption.onDelete ' +
    'says. Retain: leaves everything, with the tag opta.dev/retained. Default: Delete, or Retain with adopt.',
);

const policies = { managementPolicy: ManagementPolicy.default('Apply') };

/** Fields of every namespaced kind that holds no database. */
export const commonSpec = {
  environment: reference(
    'an OptaEnvironment',
    'Name of the OptaEnvironment, which says account and region. Cannot be changed.',
  ),
  ...policies,
  deletionPolicy: DeletionPolicy.optional(),
  tags: Tags.describe(
    "Tags on everything that the object makes in AWS: 38 at most, with those of the environment, since AWS takes 50 and 12 are the operator's own. Default: none.",
  ).optional(),
};

/** Fields that OptaEnvironment has in common with the other kinds. */
export const commonEnvironmentSpec = {
  ...policies,
  deletionPolicy: EnvironmentDeletionPolicy.optional(),
  tags: Tags.describe(
    "Tags on everything that is made in this environment: 38 at most, since AWS takes 50 and 12 are the operator's own. Nodes and " +
      'their disks get them with what replaces the nodes next, such as another version, image or disk; new ones have those of before until then. Default: none.',
  ).optional(),
};

export const environmentIsImmutable = immutable(
  'environment',
  'environment cannot be changed: an object stays in its account and region; make a new one and move its users',
);

/** Which key encrypts a queue or a topic. */
export function keyChoice(noun: string) {
  return choice(
    ['OwnKey', 'EnvironmentKey'],
    `Which KMS key encrypts the ${noun}: one of its own (about 1 USD a month), or the environment's. Default: OwnKey; of ` +
      'what was adopted EnvironmentKey, unless an earlier object kept a key of its own.',
  );
}

/** What `fifo` brings with it, the same for queues and topics. */
export function fifoRules(kind: string, users: string): readonly Rule[] {
  const isFifo = '(has(self.fifo) && self.fifo)';
  return [
    // Left out it is false. Set later it is the reconciler that sees what was made, and plans another one in its place, for a
    // person to approve.
    {
      rule: `!has(oldSelf.fifo) || ${isFifo} == oldSelf.fifo`,
      message: `fifo cannot be changed: make a new ${kind} and move its ${users}`,
      reason: 'FieldValueForbidden',
      fieldPath: '.fifo',
    },
    {
      rule: `!has(self.contentBasedDeduplication) || !self.contentBasedDeduplication || ${isFifo}`,
      message: 'contentBasedDeduplication is for fifo only: set fifo to true or leave it out',
      fieldPath: '.contentBasedDeduplication',
    },
    {
      rule: `!has(self.adopt) || !has(self.adopt.name) || self.adopt.name.endsWith('.fifo') == ${isFifo}`,
      message: 'adopt.name ends with .fifo exactly when fifo is true: change one of them',
      fieldPath: '.adopt.name',
    },
  ];
}
