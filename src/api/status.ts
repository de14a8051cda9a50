import { z } from 'zod';
import { choice, flag, listBy, listOf, whole } from './fields.ts';

/*
 * The status is the operator's alone, and a status write that is refused loses an id: so the bounds are far beyond
 * what it writes, and nothing is required but the keys of lists.
 */
const longText = 65_536;
const longList = 10_000;
/**
 * What every pass goes through, and others may have written. An environment with all that it can have makes some 300 entries, each
 * after 25 others at most, and a Topic little more than its 100 subscriptions: there is room for many of earlier specs, whose removal waits.
 */
const mostEntries = 2_000;
const mostBefore = 500;
/** The longest policy that lets senders in has 30,720 bytes (Amazon SNS), of which the ARN of each takes some 50. */
const mostReferrers = 1_000;
const counter = Number.MAX_SAFE_INTEGER;

/** A text in the status. */
export function output(max: number, description: string) {
  return z.string().max(max).describe(description).exactOptional();
}

export function awsArn(description: string) {
  return output(2048, description);
}

export function awsName(description: string) {
  return output(2048, description);
}

function word(description: string) {
  return z.string().max(1024).describe(description);
}

function time(description: string) {
  return z.string().max(64).meta({ format: 'date-time' }).describe(description);
}

function words(max: number) {
  return z.array(z.string().max(2048)).max(max).meta({ 'x-kubernetes-list-type': 'atomic' });
}

const Words = words(longList);

/** metav1.Condition. */
export const StatusCondition = z.object({
  type: word('What it is about, such as Ready.'),
  status: choice(['True', 'False', 'Unknown'], 'True, False or Unknown.'),
  reason: word('One word for programs.'),
  message: z.string().max(longText).describe('For people.'),
  lastTransitionTime: time('When status last changed.'),
  observedGeneration: whole(0, counter, 'The generation of the object that it is about.').exactOptional(),
});
export type StatusCondition = z.infer<typeof StatusCondition>;

/** The inventory: what was made or is about to be made in AWS. */
export const StatusResource = z.object({
  node: word('What it is to the object, such as queue, key, dead-letter.'),
  epoch: whole(0, counter, 'Rises when the resource is replaced.'),
  type: word('AWS type, such as sqs/queue.'),
  id: output(2048, 'Id in AWS.'),
  arn: awsArn('ARN in AWS.'),
  name: awsName('Name in AWS.'),
  state: z
    .enum(['Pending', 'Ready', 'InProgress', 'Waiting', 'Failed', 'Lost', 'Conflict', 'Deleting', 'Kept'])
    .describe(
      'Where it stands: Ready, InProgress, Waiting, Failed, Lost, Conflict, Deleting, Kept or Pending.',
    )
    .exactOptional(),
  message: output(longText, 'Why it is in this state.'),
  createdAt: time('When AWS answered its creation.').exactOptional(),
  after: words(mostBefore).describe('The nodes that it was made after: it is removed before them.'),
  keys: Words.describe(
    'Optional settings and tags that the operator wrote, which return to the default of AWS when they leave the spec.',
  ).exactOptional(),
  attempts: whole(0, counter, 'How many creations were begun for this epoch.').exactOptional(),
  setAside: flag(
    'It failed for good, or the spec went back, while an older epoch is as wanted: that one stays, this one goes.',
  ).exactOptional(),
  stray: flag(
    'It was found in AWS while another epoch was on record: the status is older than AWS. It goes only when that is approved, or with the object.',
  ).exactOptional(),
  former: Words.describe(
    'Ids under which AWS showed it no more, so that it was made anew: what turns up again is known by them.',
  ).exactOptional(),
  adopted: flag(
    'It was there before its object: what others decided for it stays, also where its tag opta.dev/adopted is lost.',
  ).exactOptional(),
  revivesUntil: time(
    'It is being removed, and until then AWS may make it again, so that it is looked for.',
  ).exactOptional(),
  pending: z
    .object({ attempt: word('Its mark in the tags.'), at: time('When it was begun.') })
    .describe('A creation that was begun and whose id is not known yet.')
    .exactOptional(),
});
export type StatusResource = z.infer<typeof StatusResource>;

const Risk = choice(
  ['Low', 'High'],
  'High: replaces, deletes, restarts, interrupts or re-creates. Else Low.',
);

const PlanField = z.object({
  field: word('Which setting.'),
  from: z.string().max(longText).describe('Value in AWS.'),
  to: z.string().max(longText).describe('Value that is wanted.'),
});

const PlanStep = z.object({
  node: word('Which resource of the object.'),
  epoch: whole(0, counter, 'Which epoch of it.'),
  action: z
    .enum(['create', 'recreate', 'replace', 'update', 'take up', 'adopt', 'remove', 'retain'])
    .describe('What is to be done.'),
  id: output(2048, 'Id in AWS of what it is done to, when the plan was made.'),
  loss: output(longText, 'What is lost by it and not made again.'),
  fields: listOf(PlanField, 0, longList, 'The settings that change.').exactOptional(),
  risk: Risk,
  known: flag('False: known after an earlier step only.'),
  approved: flag('Approved with an earlier plan, and not done yet.').exactOptional(),
});

/** What is to be done, or waits for approval. */
export const StatusPlan = z.object({
  hash: output(128, 'What the annotation opta.dev/approve must say to approve this plan.'),
  sequence: whole(0, counter, 'Rises with every plan, so that no approval is used twice.'),
  risk: Risk.exactOptional(),
  steps: listOf(PlanStep, 0, longList, 'All steps of the change.').exactOptional(),
  createdAt: time('When it was made.').exactOptional(),
  generation: whole(0, counter, 'The generation of the object that it is about.').exactOptional(),
  approval: z
    .object({
      hash: word('The hash that was approved.'),
      by: output(
        1024,
        'What wrote the approval, such as kubectl-annotate; who did is in the audit log of Kubernetes.',
      ),
      at: time('When the operator saw it.'),
    })
    .describe('The approval, valid until the steps are done or the spec changes.')
    .exactOptional(),
});
export type StatusPlan = z.infer<typeof StatusPlan>;

const BlockedBy = z.object({
  node: word('Which resource of the object waits.'),
  resource: word('What it waits for, with its id.'),
  reason: z.string().max(longText).describe('Why, and what helps.'),
});

const Referrer = z.object({
  kind: word('Topic or Bucket.'),
  name: word('Its name, in the same namespace.'),
  uid: output(128, 'Its UID.'),
  arn: output(2048, 'What is let in, where its object is not here; the name is then that in AWS.'),
});

const commonStatus = {
  observedGeneration: whole(
    0,
    counter,
    'The generation of the object that this status is about.',
  ).exactOptional(),
  syncedGeneration: whole(
    0,
    counter,
    'The newest generation that was carried out in full. What differs in AWS while it is the current one, somebody changed there.',
  ).exactOptional(),
  lastHandledReconcileAt: output(
    longText,
    'The value of the annotation opta.dev/reconcile-requested-at that was last acted upon.',
  ),
  conditions: listBy(
    ['type'],
    StatusCondition,
    longList,
    'Ready, Synced, Reconciling, Stalled, and more by kind.',
  ).exactOptional(),
  // Merged by key, the API server would note the owner of each member of each entry, who is the same for all: a sixth of the
  // time of a write for 73 of them.
  resources: listOf(
    StatusResource,
    0,
    mostEntries,
    'The inventory of what the object has in AWS.',
  ).exactOptional(),
  installation: output(
    longText,
    'The --installation of the operator that made what the object has in AWS. No other one touches it.',
  ),
  plan: StatusPlan.describe('What is to be done, or waits for approval.').exactOptional(),
  defaults: z
    .record(z.string(), z.unknown())
    .describe(
      'Values that were chosen for fields which the spec leaves out. They stay, whatever a newer operator would choose. Of what was ' +
        'adopted also those that the spec writes and that were so before: they stay when they are left out.',
    )
    .exactOptional(),
  blockedBy: listOf(BlockedBy, 0, longList, 'What holds up a change or a deletion.').exactOptional(),
  binding: z
    .object({ name: word('Its name.') })
    .describe('The ConfigMap in the same namespace that holds the outputs for users.')
    .exactOptional(),
  referrers: listOf(
    Referrer,
    0,
    mostReferrers,
    'The objects of this namespace that may send to this one. Empty: none. Absent: that is not known yet.',
  ).exactOptional(),
};

/** The status of a kind: what all kinds have, and its own outputs. */
export function statusOf<Outputs extends z.core.$ZodLooseShape>(outputs: Outputs) {
  return z.object({ ...commonStatus, ...outputs });
}

const CommonStatus = z.object(commonStatus);
export type CommonStatus = z.infer<typeof CommonStatus>;
