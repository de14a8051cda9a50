/** Keys of log groups, which ministack keeps from the create call and cannot change. */
import { isObject } from '../../policy/document.ts';
import { type Answer, type BenchContext, type Call, type Overlay, textField } from '../overlay.ts';
import { keyProblem } from './key-use.ts';
import { askJson, jsonBody, withBody } from './questions.ts';

const guide =
  'CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service"';

/** Undefined where CloudWatch Logs may use the key for this group. */
async function keyRefusal(call: Call, bench: BenchContext): Promise<Answer | undefined> {
  const key = textField(call, 'kmsKeyId');
  if (key === '') return undefined;
  const refuse = (code: string, message: string) => bench.error(call, { status: 400, code, message });
  const { region, accountId } = call;
  if (!key.startsWith('arn:'))
    return refuse('InvalidParameterException', `Specified KMS key Id is not an ARN: ${key}`);
  const arn = `arn:aws:logs:${region}:${accountId}:log-group:${textField(call, 'logGroupName')}`;
  const problem = await keyProblem(bench, {
    key,
    place: call,
    principal: { type: 'service', service: `logs.${region}.amazonaws.com` },
    actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
    context: { 'kms:EncryptionContext:aws:logs:arn': arn, 'kms:EncryptionContextKeys': ['aws:logs:arn'] },
  });
  if (problem === undefined) return undefined;
  if (problem === 'Disabled' || problem === 'InvalidState')
    return refuse('InvalidParameterException', `The specified KMS key is not enabled: ${key}`);
  const message = `The specified KMS key does not exist or is not allowed to be used with Arn '${arn}'`;
  return refuse('AccessDeniedException', message);
}

const memory = ({ accountId, region }: Call, name: string) => `logs:key:${accountId}:${region}:${name}`;

const keyAtCreate: Overlay = {
  service: 'logs',
  operation: 'CreateLogGroup',
  source: guide,
  before: keyRefusal,
  after(call, answer, bench) {
    if (answer.status === 200) bench.state.delete(memory(call, textField(call, 'logGroupName')));
    return undefined;
  },
};

const association: Overlay = {
  service: 'logs',
  operation: ['AssociateKmsKey', 'DisassociateKmsKey'],
  source: `Logs API, AssociateKmsKey, DisassociateKmsKey; ${guide}`,
  async before(call, bench) {
    const name = textField(call, 'logGroupName');
    const found = await askJson(bench, {
      service: 'logs',
      region: call.region,
      accountId: call.accountId,
      operation: 'DescribeLogGroups',
      input: { logGroupNamePrefix: name },
    });
    const groups = Array.isArray(found?.logGroups) ? found.logGroups : [];
    if (!groups.some(group => isObject(group) && group.logGroupName === name)) {
      const message = 'The specified log group does not exist.';
      return bench.error(call, { status: 400, code: 'ResourceNotFoundException', message });
    }
    const refused = await keyRefusal(call, bench);
    if (refused !== undefined) return refused;
    bench.state.set(memory(call, name), textField(call, 'kmsKeyId'));
    return bench.success(call, {});
  },
};

const shownKey: Overlay = {
  service: 'logs',
  operation: 'DescribeLogGroups',
  source: 'Logs API, LogGroup, kmsKeyId: "The Amazon Resource Name (ARN) of the KMS key"',
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const body = jsonBody(answer);
    if (!Array.isArray(body.logGroups)) return undefined;
    for (const group of body.logGroups.filter(isObject)) {
      const key = bench.state.get(memory(call, String(group.logGroupName)));
      if (key === '') delete group.kmsKeyId;
      else if (key !== undefined) group.kmsKeyId = key;
    }
    return withBody(answer, body);
  },
};

export const logsOverlays: Overlay[] = [keyAtCreate, association, shownKey];
