/** Flow logs: refused ones are told in an answer that is a success, and delivery needs its log group. */
import { type Answer, type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { element, itemsOf, parseXml, putChild, textAt, writeXml, type XmlElement } from '../../xml-tree.ts';
import { isFresh } from '../iam/propagation.ts';
import { askJson } from '../questions.ts';
import { changed, listField, refuse } from './ask.ts';
import { unsuccessful } from './endpoints.ts';

const create: Overlay = {
  service: 'ec2',
  operation: 'CreateFlowLogs',
  source:
    'EC2 API, CreateFlowLogs: unsuccessful, "Information about the flow logs that could not be created successfully"',
  after(call, answer, bench) {
    const text = answer.body.toString('utf8');
    if (answer.status !== 400 || !text.includes('FlowLogAlreadyExists')) return undefined;
    const message = 'There is an existing Flow Log with the same configuration and log destination.';
    const items = listField(call, 'ResourceId').map(id => unsuccessful(id, 'FlowLogAlreadyExists', message));
    const none = writeXml(element('flowLogIdSet'));
    return bench.success(call, none + writeXml(element('unsuccessful', items)));
  },
};

const role: Overlay = {
  service: 'ec2',
  operation: 'CreateFlowLogs',
  source:
    'terraform-provider-aws, internal/service/ec2/vpc_flow_log.go: InvalidParameter "Unable to assume given IAM role" is waited for while IAM spreads the role',
  before(call, bench) {
    const arn = textField(call, 'DeliverLogsPermissionArn');
    if (!isFresh(bench, arn)) return undefined;
    return refuse(call, bench, 'InvalidParameter', `Unable to assume given IAM role: '${arn}'`);
  },
};

const describe: Overlay = {
  service: 'ec2',
  operation: 'DescribeFlowLogs',
  source:
    'EC2 API, FlowLog: deliverLogsStatus, deliverLogsErrorMessage "Access error indicates that the IAM role associated with the flow log does not have sufficient permissions to publish to CloudWatch Logs" (as it has not to make the group); "Error codes for the Amazon EC2 API": InvalidFlowLogId.NotFound',
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const items = itemsOf(parseXml(answer.body.toString('utf8')), 'flowLogSet');
    const absent = listField(call, 'FlowLogId').find(
      id => !items.some(item => textAt(item, 'flowLogId') === id),
    );
    if (absent !== undefined && textField(call, 'Filter.1.Name') === '')
      return refuse(call, bench, 'InvalidFlowLogId.NotFound', `The flow log ID '${absent}' does not exist`);
    return withDelivery(call, answer, bench, items);
  },
};

async function withDelivery(
  call: Call,
  answer: Answer,
  bench: BenchContext,
  items: readonly XmlElement[],
): Promise<Answer> {
  const existing = new Map<string, boolean>();
  for (const item of items) {
    const group = groupOf(item);
    if (group !== '' && !existing.has(group)) existing.set(group, await groupExists(call, bench, group));
  }
  return changed(
    answer,
    root => {
      for (const item of itemsOf(root, 'flowLogSet')) {
        const group = groupOf(item);
        if (group === '') continue;
        putChild(item, element('logGroupName', group));
        const delivered = existing.get(group) === true;
        putChild(item, element('deliverLogsStatus', delivered ? 'SUCCESS' : 'FAILED'));
        item.children = item.children.filter(({ name }) => name !== 'deliverLogsErrorMessage');
        if (!delivered) item.children.push(element('deliverLogsErrorMessage', 'Access error'));
      }
    },
    writeXml,
  );
}

/** Name of the log group; '' for another type of destination. */
function groupOf(item: XmlElement): string {
  if (textAt(item, 'logDestinationType') !== 'cloud-watch-logs') return '';
  const arn = textAt(item, 'logDestination');
  return textAt(item, 'logGroupName') || (/:log-group:([^:]+)/.exec(arn)?.[1] ?? '');
}

async function groupExists(call: Call, bench: BenchContext, name: string): Promise<boolean> {
  const { region, accountId } = call;
  const input = { logGroupNamePrefix: name };
  const found = await askJson(bench, {
    service: 'logs',
    region,
    accountId,
    operation: 'DescribeLogGroups',
    input,
  });
  const groups = Array.isArray(found?.logGroups) ? found.logGroups : [];
  return groups.some(group => group.logGroupName === name);
}

export const flowLogOverlays: Overlay[] = [role, create, describe];
