/** Snapshots of encrypted volumes, of which the emulator forgets the key. */
import type { BenchContext, Overlay } from '../../overlay.ts';
import { textField } from '../../overlay.ts';
import { element, itemsOf, parseXml, putChild, textAt, writeXml } from '../../xml-tree.ts';
import { ask, changed } from './ask.ts';

const source =
  'EC2 API, Snapshot: kmsKeyId, "The Amazon Resource Name (ARN) of the KMS key that was used to protect the volume encryption key for the parent volume"; CreateSnapshot: "Snapshots that are taken from encrypted volumes are automatically encrypted"';

const STATE = 'ec2:snapshot-keys';

/** ARN of the key by the snapshot's id. */
function keysOf({ state }: BenchContext): Map<string, string> {
  const known = (state.get(STATE) as Map<string, string> | undefined) ?? new Map<string, string>();
  state.set(STATE, known);
  return known;
}

const create: Overlay = {
  service: 'ec2',
  operation: 'CreateSnapshot',
  source,
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const input = { 'VolumeId.1': textField(call, 'VolumeId') };
    const { root } = await ask(bench, call, 'DescribeVolumes', input);
    const key = textAt(itemsOf(root, 'volumeSet')[0], 'kmsKeyId');
    const id = textAt(parseXml(answer.body.toString('utf8')), 'snapshotId');
    if (key !== '') keysOf(bench).set(id, key);
    return undefined;
  },
};

const describe: Overlay = {
  service: 'ec2',
  operation: 'DescribeSnapshots',
  source,
  after(_call, answer, bench) {
    if (answer.status !== 200) return undefined;
    return changed(
      answer,
      root => {
        for (const item of itemsOf(root, 'snapshotSet')) {
          const key = keysOf(bench).get(textAt(item, 'snapshotId'));
          if (key !== undefined) putChild(item, element('kmsKeyId', key));
        }
      },
      writeXml,
    );
  },
};

export const snapshotOverlays: Overlay[] = [create, describe];
