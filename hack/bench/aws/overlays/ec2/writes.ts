/** What holds for every call of EC2: one write after the other, dry runs, tokens, lists. */
import { EC2_LISTS } from '../../ec2-lists.ts';
import { isMutating } from '../../operations.ts';
import { type Answer, type Call, jsonInput, type Overlay, textField } from '../../overlay.ts';
import { alone } from '../alone.ts';
import * as loadBalancers from '../elb/store.ts';
import { refuse } from './ask.ts';
import { needsSettling, settleNatGateways } from './nat-store.ts';

const inOrder: Overlay = {
  service: 'ec2',
  operation: /./,
  source: 'none: rules that look before they let a call through must find the same when it comes through',
  async around(call, bench, next) {
    const thing = `ec2:${call.accountId}:${call.region}`;
    if (needsSettling(bench)) await alone(bench, 'ec2:nat', () => settleNatGateways(bench));
    if (loadBalancers.needsSettling(bench))
      await alone(bench, 'ec2:elb', () => loadBalancers.settleLoadBalancers(bench));
    return isMutating('ec2', call.operation) ? alone(bench, thing, next) : next();
  },
};

const dryRun: Overlay = {
  service: 'ec2',
  operation: /./,
  source: 'EC2 API, DryRun: "If you have the required permissions, the error response is DryRunOperation"',
  before(call, bench) {
    if (textField(call, 'DryRun') !== 'true') return undefined;
    const message = 'Request would have succeeded, but DryRun flag is set.';
    return bench.error(call, { status: 412, code: 'DryRunOperation', message });
  },
};

interface Remembered {
  parameters: string;
  answer: Answer;
}

const clientTokens: Overlay = {
  service: 'ec2',
  operation: [
    'CreateFlowLogs',
    'CreateLaunchTemplate',
    'CreateLaunchTemplateVersion',
    'CreateNatGateway',
    'CreateNetworkInterface',
    'CreateRouteTable',
    'CreateVpcEndpoint',
  ],
  source:
    'EC2 API, "Ensuring idempotency in Amazon EC2 API requests": client token, IdempotentParameterMismatch',
  async around(call, bench, next) {
    const token = textField(call, 'ClientToken');
    if (token === '') return next();
    const key = `ec2:token:${call.accountId}:${call.region}:${call.operation}:${token}`;
    const parameters = parametersOf(call);
    const known = bench.state.get(key) as Remembered | undefined;
    if (known !== undefined && known.parameters !== parameters) {
      const message =
        'The client token you have provided is associated with a resource with other parameters.';
      return refuse(call, bench, 'IdempotentParameterMismatch', message);
    }
    if (known !== undefined) return known.answer;
    const answer = await next();
    if (answer.status === 200) bench.state.set(key, { parameters, answer } satisfies Remembered);
    return answer;
  },
};

function parametersOf(call: Call): string {
  const fields = Object.entries(jsonInput(call)).filter(
    ([name]) => !['ClientToken', 'DryRun'].includes(name),
  );
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const pages: Overlay = {
  service: 'ec2',
  operation: Object.keys(EC2_LISTS),
  source: 'EC2 API, MaxResults of each operation; "Pagination" in the EC2 developer guide',
  before(call, bench) {
    const asked = textField(call, 'MaxResults');
    if (asked === '') return undefined;
    const bounds = EC2_LISTS[call.operation]?.pages;
    if (bounds === undefined)
      return refuse(call, bench, 'UnknownParameter', 'The parameter MaxResults is not recognized');
    const { min, max } = bounds;
    if (Number(asked) >= min && Number(asked) <= max) return undefined;
    const message = `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value between ${min} and ${max}.`;
    return refuse(call, bench, 'InvalidParameterValue', message);
  },
};

/** Goes last, so that the page is asked of what the other rules made of the list. */
export const writeOverlays: Overlay[] = [inOrder, clientTokens, dryRun, pages];
