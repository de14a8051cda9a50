import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

/** RFC 1035, 4.1.1: response codes; `silent`: no answer at all. */
export type DnsReply = readonly string[] | 'nxdomain' | 'servfail' | 'refused' | 'silent';

const CODES = { nxdomain: 3, servfail: 2, refused: 5 } as const;
const HEADER_BYTES = 12;

export interface DnsServer {
  /** `127.0.0.1:12345` */
  readonly address: string;
  /** Names that were asked for, in lower case. */
  readonly asked: string[];
  stop(): Promise<void>;
}

/** Answers questions for name servers on loopback; an empty list says that the name exists and has none. */
export async function startDnsServer(
  replyTo: (domain: string) => DnsReply | Promise<DnsReply>,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', async (query, from) => {
    const { name, end } = questionIn(query);
    asked.push(name);
    const reply = await replyTo(name);
    if (reply !== 'silent') socket.send(answer(query, end, reply), from.port, from.address);
  });
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    asked,
    stop: () => new Promise(resolve => socket.close(() => resolve())),
  };
}

/** `end`: behind type and class. */
function questionIn(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5 };
}

function answer(query: Buffer, end: number, reply: Exclude<DnsReply, 'silent'>): Buffer {
  const records = typeof reply === 'string' ? [] : reply.map(nsRecord);
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(0x8180 | (typeof reply === 'string' ? CODES[reply] : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records]);
}

/** Of the name that was asked for (a pointer to it), for two days. */
function nsRecord(server: string): Buffer {
  const labels = server.split('.').map(label => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  const data = Buffer.concat([...labels, Buffer.of(0)]);
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(2, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(172_800, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
