/** OpenID Connect providers: what moto lacks of their client ids, and what it takes that IAM does not. */
import { type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { childOf, element, itemsOf, parseXml, putChild, writeXml } from '../../xml-tree.ts';
import { ask, refuse } from './ask.ts';

const ARN = 'OpenIDConnectProviderArn';

const memory = ({ accountId }: Call, arn: string) => `iam:clients:${accountId}:${arn}`;

async function clientsOf(call: Call, bench: BenchContext, arn: string): Promise<string[] | undefined> {
  const provider = await ask(bench, call, 'GetOpenIDConnectProvider', { [ARN]: arn });
  if (provider === undefined) return undefined;
  const changed = bench.state.get(memory(call, arn)) as string[] | undefined;
  return changed ?? itemsOf(provider, 'ClientIDList').map(member => member.text);
}

function absent(call: Call, bench: BenchContext) {
  const message = `OpenIDConnect Provider not found for arn ${textField(call, ARN)}`;
  return refuse(call, bench, 'NoSuchEntityException', message);
}

const clientIds: Overlay = {
  service: 'iam',
  operation: ['AddClientIDToOpenIDConnectProvider', 'RemoveClientIDFromOpenIDConnectProvider'],
  source:
    'IAM API, AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider: "This operation is idempotent"',
  async before(call, bench) {
    const arn = textField(call, ARN);
    const clients = await clientsOf(call, bench, arn);
    if (clients === undefined) return absent(call, bench);
    const client = textField(call, 'ClientID');
    const others = clients.filter(one => one !== client);
    bench.state.set(memory(call, arn), call.operation.startsWith('Add') ? [...others, client] : others);
    return bench.success(call, '');
  },
};

const shownClients: Overlay = {
  service: 'iam',
  operation: 'GetOpenIDConnectProvider',
  source: 'IAM API, GetOpenIDConnectProvider, ClientIDList',
  after(call, answer, bench) {
    const clients = bench.state.get(memory(call, textField(call, ARN))) as string[] | undefined;
    if (answer.status !== 200 || clients === undefined) return undefined;
    const root = parseXml(answer.body.toString('utf8'));
    const result = childOf(root, 'GetOpenIDConnectProviderResult');
    if (result !== undefined)
      putChild(
        result,
        element(
          'ClientIDList',
          clients.map(client => element('member', client)),
        ),
      );
    return { ...answer, body: Buffer.from(writeXml(root), 'utf8') };
  },
};

const deletion: Overlay = {
  service: 'iam',
  operation: 'DeleteOpenIDConnectProvider',
  source: 'IAM API, DeleteOpenIDConnectProvider: NoSuchEntity where it does not exist',
  async before(call, bench) {
    const arn = textField(call, ARN);
    if ((await clientsOf(call, bench, arn)) === undefined) return absent(call, bench);
    bench.state.delete(memory(call, arn));
    return undefined;
  },
};

export const oidcOverlays: Overlay[] = [clientIds, shownClients, deletion];
