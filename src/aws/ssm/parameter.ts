import type { SSMClient } from '@aws-sdk/client-ssm';
import { orAbsent } from '../errors.ts';
import type { MakeClient } from '../make-client.ts';

/** Undefined: there is none of that name. */
export type ReadParameter = (name: string) => Promise<string | undefined>;

/** Its client takes 12 MB and is loaded by the first question: most environments never ask one. */
export function parameterReader(make: MakeClient): ReadParameter {
  let client: SSMClient | undefined;
  return async Name => {
    const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
    client ??= make(config => new SSMClient(config), { service: 'ssm', sdkName: 'SSM' });
    const answer = await orAbsent(client.send(new GetParameterCommand({ Name })));
    return answer?.Parameter?.Value;
  };
}
