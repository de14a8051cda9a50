import { evaluate } from '../../policy/evaluate.ts';
import { type Overlay, textField } from '../overlay.ts';
import { anyIdentity, encryptActions, encryptionContext, keyProblem } from './key-use.ts';
import { askJson, callerOf, queueAttributes } from './questions.ts';
import { sqsAttributeOverlays, sqsReadOverlays } from './sqs-attributes.ts';
import { invalid, queueArn, queueOf } from './sqs-queue.ts';
import { sqsRedriveOverlays } from './sqs-redrive.ts';

const sixtySeconds: Overlay = {
  service: 'sqs',
  operation: 'CreateQueue',
  source:
    'SQS API, DeleteQueue: "you must wait at least 60 seconds before creating a queue with the same name"',
  before(call, bench) {
    const deleted = bench.state.get(`sqs:deleted:${queueArn(call)}`);
    if (typeof deleted !== 'number' || bench.now() - deleted >= 60_000) return undefined;
    const message =
      'You must wait 60 seconds after deleting a queue before you can create another with the same name.';
    return invalid(call, bench, 'QueueDeletedRecently', message);
  },
};

const rememberDeletion: Overlay = {
  service: 'sqs',
  operation: 'DeleteQueue',
  source: sixtySeconds.source,
  after(call, answer, bench) {
    if (answer.status === 200) bench.state.set(`sqs:deleted:${queueArn(call)}`, bench.now());
    return undefined;
  },
};

const otherAccounts: Overlay = {
  service: 'sqs',
  operation: /./,
  source:
    'SQS developer guide, "Basic examples of Amazon SQS policies"; SQS API, GetQueueUrl: QueueOwnerAWSAccountId',
  async before(call, bench) {
    const { accountId, name } =
      call.operation === 'GetQueueUrl'
        ? {
            accountId: textField(call, 'QueueOwnerAWSAccountId') || call.accountId,
            name: textField(call, 'QueueName'),
          }
        : queueOf(call);
    if (accountId === call.accountId) return undefined;
    const arn = `arn:aws:sqs:${call.region}:${accountId}:${name}`;
    const policy = (await queueAttributes(bench, arn))?.Policy;
    const allowed =
      policy !== undefined &&
      evaluate({
        kind: 'sqs',
        policies: [anyIdentity],
        resourcePolicy: policy,
        request: { principal: callerOf(call), action: `sqs:${call.operation}`, resource: arn },
      }).decision === 'Allow';
    if (allowed) return undefined;
    if (call.operation === 'GetQueueUrl')
      return invalid(call, bench, 'QueueDoesNotExist', 'The specified queue does not exist.');
    const message = `Access to the resource ${arn} is denied.`;
    return bench.error(call, { status: 403, code: 'AccessDenied', message });
  },
};

const useOfKey: Overlay = {
  service: 'sqs',
  operation: ['SendMessage', 'SendMessageBatch', 'ReceiveMessage'],
  source:
    'SQS developer guide, "Key management": producers need GenerateDataKey and Decrypt, consumers Decrypt',
  async before(call, bench) {
    const arn = queueArn(call);
    const key = (await queueAttributes(bench, arn))?.KmsMasterKeyId;
    if (!key) return undefined;
    const problem = await keyProblem(bench, {
      key,
      place: { region: call.region, accountId: queueOf(call).accountId },
      principal: callerOf(call),
      actions: call.operation === 'ReceiveMessage' ? ['kms:Decrypt'] : encryptActions,
      context: {
        'kms:ViaService': `sqs.${call.region}.amazonaws.com`,
        'kms:CallerAccount': call.accountId,
        ...encryptionContext(arn),
      },
    });
    return (
      problem && invalid(call, bench, `Kms${problem}`, `The key ${key} of ${arn} cannot be used: ${problem}.`)
    );
  },
};

const deadLetterSources: Overlay = {
  service: 'sqs',
  operation: 'ListDeadLetterSourceQueues',
  source: 'SQS API, ListDeadLetterSourceQueues',
  async before(call, bench) {
    const arn = queueArn(call);
    const { region, accountId } = call;
    const notFound = () => invalid(call, bench, 'QueueDoesNotExist', 'The specified queue does not exist.');
    if (!(await queueAttributes(bench, arn))) return notFound();
    const listed = await askJson(bench, {
      service: 'sqs',
      region,
      accountId,
      operation: 'ListQueues',
      input: {},
    });
    const queueUrls: string[] = [];
    for (const url of Array.isArray(listed?.QueueUrls) ? listed.QueueUrls.map(String) : []) {
      const name = url.split('/').at(-1) ?? '';
      const source = await queueAttributes(bench, `arn:aws:sqs:${region}:${accountId}:${name}`);
      if (!source?.RedrivePolicy?.includes(`"${arn}"`)) continue;
      // The emulator knows itself under another host than the client does.
      queueUrls.push(textField(call, 'QueueUrl').replace(/[^/]+$/, name));
    }
    return bench.success(call, { queueUrls });
  },
};

export const sqsOverlays: Overlay[] = [
  otherAccounts,
  ...sqsAttributeOverlays,
  ...sqsRedriveOverlays,
  sixtySeconds,
  rememberDeletion,
  useOfKey,
  deadLetterSources,
  ...sqsReadOverlays,
];
