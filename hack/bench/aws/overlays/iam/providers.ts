/** OIDC providers: their client ids, and what IAM finds out by itself. */
import { createHash } from 'node:crypto';
import { type BenchContext, type Call, jsonInput, type Overlay, textField } from '../../overlay.ts';
import { childOf, element, itemsOf, parseXml, putChild, writeXml } from '../../xml-tree.ts';
import { withBody } from '../questions.ts';
import { ask, memory, noSuchEntity } from './ask.ts';

/** Client ids where they were changed since the creation, by ARN. */
const clientIds = (bench: BenchContext) => memory<string[]>(bench, 'client-ids');

function arnIn(call: Call): string {
  return textField(call, 'OpenIDConnectProviderArn');
}

const thumbprint: Overlay = {
  service: 'iam',
  operation: 'CreateOpenIDConnectProvider',
  source:
    'IAM API, CreateOpenIDConnectProvider: ThumbprintList, "If it is not included, IAM will retrieve and use the top intermediate certificate authority (CA) thumbprint"',
  before(call) {
    const input = jsonInput(call);
    if (Object.keys(input).some(field => field.startsWith('ThumbprintList.'))) return undefined;
    input['ThumbprintList.member.1'] = createHash('sha1').update(textField(call, 'Url')).digest('hex');
    return undefined;
  },
};

const change: Overlay = {
  service: 'iam',
  operation: ['AddClientIDToOpenIDConnectProvider', 'RemoveClientIDFromOpenIDConnectProvider'],
  source:
    'IAM API, AddClientIDToOpenIDConnectProvider: "does not fail or return an error if you add an existing client ID"; RemoveClientIDFromOpenIDConnectProvider; NoSuchEntity',
  async before(call, bench) {
    const arn = arnIn(call);
    const provider = await ask(bench, call.accountId, 'GetOpenIDConnectProvider', {
      OpenIDConnectProviderArn: arn,
    });
    if (provider === undefined) return absent(call, bench);
    const made = itemsOf(provider, 'ClientIDList').map(one => one.text);
    const id = textField(call, 'ClientID');
    const others = (clientIds(bench).get(arn) ?? made).filter(one => one !== id);
    clientIds(bench).set(arn, call.operation.startsWith('Add') ? [...others, id] : others);
    return bench.success(call, '');
  },
};

function absent(call: Call, bench: BenchContext) {
  return noSuchEntity(call, bench, `OpenIDConnect Provider not found for arn ${arnIn(call)}`);
}

const remove: Overlay = {
  service: 'iam',
  operation: 'DeleteOpenIDConnectProvider',
  source:
    'IAM API, DeleteOpenIDConnectProvider, Errors: NoSuchEntity (its text says that it does not fail; the stricter of the two is here)',
  async before(call, bench) {
    const input = { OpenIDConnectProviderArn: arnIn(call) };
    const provider = await ask(bench, call.accountId, 'GetOpenIDConnectProvider', input);
    return provider === undefined ? absent(call, bench) : undefined;
  },
  after(call, answer, bench) {
    if (answer.status === 200) clientIds(bench).delete(arnIn(call));
    return undefined;
  },
};

const show: Overlay = {
  service: 'iam',
  operation: 'GetOpenIDConnectProvider',
  source: 'IAM API, GetOpenIDConnectProvider: ClientIDList',
  after(call, answer, bench) {
    const ids = clientIds(bench).get(arnIn(call));
    if (answer.status !== 200 || ids === undefined) return undefined;
    const root = parseXml(answer.body.toString('utf8'));
    const result = childOf(root, 'GetOpenIDConnectProviderResult');
    if (result === undefined) return undefined;
    putChild(
      result,
      element(
        'ClientIDList',
        ids.map(id => element('member', id)),
      ),
    );
    return withBody(answer, writeXml(root));
  },
};

export const providerOverlays: Overlay[] = [thumbprint, change, remove, show];
