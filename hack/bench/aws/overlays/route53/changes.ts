/** A change is PENDING until all name servers have it. */
import type { BenchContext, Overlay } from '../../overlay.ts';
import { childOf, element, parseXml, putChild, textAt, writeXml } from '../../xml-tree.ts';
import { pacedMs } from '../pace.ts';
import { withBody } from '../questions.ts';
import { plainId } from './ask.ts';

const source =
  'Route 53 API, ChangeResourceRecordSets: "Changes generally propagate to all Route 53 name servers managing the hosted zone within 60 seconds"; GetChange';
const PROPAGATION_SECONDS = 30;

function submitted({ state }: BenchContext): Map<string, number> {
  const known = state.get('route53:changes');
  if (known instanceof Map) return known;
  const fresh = new Map<string, number>();
  state.set('route53:changes', fresh);
  return fresh;
}

const note: Overlay = {
  service: 'route53',
  operation: ['CreateHostedZone', 'ChangeResourceRecordSets', 'DeleteHostedZone'],
  source,
  after(_call, answer, bench) {
    if (answer.status >= 300) return undefined;
    const id = textAt(parseXml(answer.body.toString('utf8')), 'ChangeInfo', 'Id');
    submitted(bench).set(plainId(id), bench.now());
    return undefined;
  },
};

const status: Overlay = {
  service: 'route53',
  operation: 'GetChange',
  source,
  after(_call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const root = parseXml(answer.body.toString('utf8'));
    const change = childOf(root, 'ChangeInfo');
    const at = submitted(bench).get(plainId(textAt(change, 'Id')));
    if (change === undefined || at === undefined) return undefined;
    const isThere = bench.now() >= at + pacedMs(bench, PROPAGATION_SECONDS);
    putChild(change, element('Status', isThere ? 'INSYNC' : 'PENDING'));
    return withBody(answer, writeXml(root));
  },
};

export const changeOverlays: Overlay[] = [note, status];
