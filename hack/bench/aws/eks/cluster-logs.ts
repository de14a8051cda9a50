/**
 * The log group of a control plane. EKS makes it, by AWSServiceRoleForAmazonEKS, wherever it has to write and finds none:
 * without encryption, retention and tags. Sources: Amazon EKS User Guide, "Send control plane logs to CloudWatch Logs";
 * for a group that comes again after its deletion, terraform-aws-eks issues 920, 2446 and 2763 (with the event of
 * CloudTrail), run-x/opta pull request 708.
 */
import type { BenchContext, Overlay } from '../overlay.ts';
import { textField } from '../overlay.ts';
import { neighboursOf } from './call.ts';
import { enabledTypes } from './cluster-settings.ts';
import { object } from './input.ts';
import type { Neighbours } from './neighbours.ts';
import { settingsOf } from './settings.ts';
import { type Account, accountOf, type Cluster, inTurn, settle, type Thing } from './state.ts';

export function isLogging({ wire }: Cluster): boolean {
  return enabledTypes(object(wire, 'logging')).length > 0;
}

export async function writeLogs(neighbours: Neighbours, cluster: Cluster): Promise<void> {
  if (isLogging(cluster)) await neighbours.writeLogs(cluster.place, groupOf(cluster));
}

/** What still has to be written, also by a cluster that is gone. */
export function writeLater(account: Account, neighbours: Neighbours, cluster: Cluster, at: number): void {
  const late: Thing = {
    wire: {},
    job: {
      at,
      async end() {
        account.lateLogs.delete(late);
        await writeLogs(neighbours, cluster);
      },
    },
  };
  account.lateLogs.add(late);
}

function groupOf({ wire }: Cluster): string {
  return `/aws/eks/${wire.name}/cluster`;
}

function writesTo(account: Account, group: string): Cluster | undefined {
  const logging = [...account.clusters.values()].filter(
    one => one.wire.endpoint !== undefined && isLogging(one),
  );
  return logging.find(one => groupOf(one) === group);
}

async function upToNow(bench: BenchContext, account: Account): Promise<void> {
  if (account.lateLogs.size + account.clusters.size > 0)
    await inTurn(account, () => settle(account, bench.now()));
}

/** What a cluster writes is there for whoever looks, also where nobody asks EKS any more. */
export const clusterLogsOverlay: Overlay = {
  service: 'logs',
  operation: /./,
  source: 'Amazon EKS User Guide, "Send control plane logs to CloudWatch Logs"',
  async before({ accountId, region }, bench) {
    await upToNow(bench, accountOf(bench, { accountId, region }));
    return undefined;
  },
  after(call, answer, bench) {
    if (call.operation !== 'DeleteLogGroup' || answer.status !== 200) return undefined;
    const { accountId, region } = call;
    const account = accountOf(bench, { accountId, region });
    const cluster = writesTo(account, textField(call, 'logGroupName'));
    const at = bench.now() + settingsOf(bench).durations.logsAgain;
    if (cluster !== undefined) writeLater(account, neighboursOf(bench), cluster, at);
    return undefined;
  },
};
