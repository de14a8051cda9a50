import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** PEM texts of a certificate for 127.0.0.1, signed by itself, and its key. */
export interface TestCertificate {
  certificate: string;
  key: string;
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function time(year: number): Buffer {
  return der(0x18, Buffer.from(`${year}0101000000Z`));
}

/** X.509 by hand (RFC 5280): Node has no call for it, and a test should need no openssl. */
export function createTestCertificate(): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(der(0x06, hex('2a8648ce3d040302')));
  const commonName = sequence(
    der(0x06, hex('550403')),
    der(0x0c, Buffer.from(`test ${randomBytes(4).toString('hex')}`)),
  );
  const name = sequence(der(0x31, commonName));
  const subjectAltName = sequence(der(0x06, hex('551d11')), der(0x04, sequence(der(0x87, hex('7f000001')))));
  const toBeSigned = sequence(
    der(0xa0, der(0x02, hex('02'))),
    der(0x02, hex('01')),
    ecdsaWithSha256,
    name,
    sequence(time(2020), time(2120)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(subjectAltName)),
  );
  const signature = der(0x03, hex('00'), sign('sha256', toBeSigned, privateKey));
  const base64 = sequence(toBeSigned, ecdsaWithSha256, signature)
    .toString('base64')
    .replace(/.{64}/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
