import { isMutating } from '../../../hack/bench/aws/operations.ts';
import { OBSERVER_HEADER, type Overlay } from '../../../hack/bench/aws/overlay.ts';
import type { Teller } from './party.ts';

const SERVICES = ['s3', 'sqs', 'sns', 'kms', 'tagging', 'sts'];

/** Tells each process of the calls that it makes, by its access key. */
export function awsSide(partyOf: (accessKeyId: string) => Teller | undefined): Overlay[] {
  return SERVICES.map(service => ({
    service,
    operation: /.*/,
    source: 'a test, to end a process at a write of its own',
    async around(call, bench, next) {
      const party = call.headers[OBSERVER_HEADER] === undefined ? partyOf(call.accessKeyId) : undefined;
      if (party === undefined) return next();
      const isWrite = isMutating(call.service, call.operation);
      const answer = await party.pass(isWrite ? `${call.service}:${call.operation}` : undefined, next);
      // Nobody hears it: the process is dead.
      return answer ?? bench.error(call, { status: 503, code: 'ServiceUnavailable', message: 'dropped' });
    },
  }));
}
