/** What a board's flash holds, read outside of the page; OpenSSL (by Node's crypto) judges certificate and key. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { layoutNamed } from '../../../src/contract/flash-layouts.ts';
import { readImage } from '../../../src/littlefs/reader.ts';
import type { VirtualBoard } from '../../../src/virtual-board/virtual-board.ts';

export interface OnBoard {
  /** As the configuration has it. */
  readonly deviceId: string;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  /** The private key is the certificate's. */
  readonly isKeyOfCertificate: boolean;
}

/** The settings in slot `a`, where a board's first go. */
export function onBoard(board: VirtualBoard, layoutName = '4m2m'): OnBoard {
  const layout = layoutNamed(layoutName);
  const tree = readImage(board.flash.read(layout.fsOffset, layout.fsSizeBytes), layout);
  const content = (path: string): Buffer => {
    const file = tree.entries.find((entry) => entry.kind === 'file' && entry.path === path);
    if (file?.kind !== 'file') throw new Error(`${path} is not on the board`);
    return Buffer.from(file.read());
  };
  const certificate = new X509Certificate(content('/a.crt'));
  const key = createPrivateKey({ key: content('/a.key'), format: 'der', type: 'sec1' });
  return {
    deviceId: (JSON.parse(content('/a.cfg').toString()) as { id: string }).id,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    isKeyOfCertificate: certificate.checkPrivateKey(key),
  };
}
