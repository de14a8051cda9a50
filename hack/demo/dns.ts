import { type DnsServer, startDnsServer } from '../../src/aws/route53/testing/dns-server.ts';
import type { Gateway } from '../bench/aws/gateway.ts';
import { benchNameServers } from '../bench/aws/name-servers.ts';

/** DNS of the bench's own world: every hosted zone of the account is delegated to, as if somebody had done so at once. */
export function startBenchDns(gateway: Gateway, accountId: string): Promise<DnsServer> {
  const ask = benchNameServers(gateway, accountId);
  return startDnsServer(async domain => {
    const answer = await ask(domain);
    return answer.is === 'named' ? answer.nameServers : 'nxdomain';
  });
}
