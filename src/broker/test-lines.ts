/** Lines to paste that show whether the broker does what it should, each with what must come out. */
import { brokerPaths } from './mosquitto-conf.ts';
import { bracketed } from './web-url.ts';

export interface TestLine {
  readonly purpose: string;
  /** For a shell in the unpacked bundle's folder. */
  readonly command: string;
  readonly expected: string;
}

export interface TestLinesInput {
  readonly hosts: readonly string[];
  readonly devicePort: number;
  readonly webPort: number;
}

export function testLines(input: TestLinesInput): TestLine[] {
  const host = input.hosts[0] ?? 'localhost';
  const serverAuthority = `mosquitto/${brokerPaths.serverAuthority}`;
  return [
    {
      purpose: 'The device port shows the right certificate',
      command: handshakeLine(host, input.devicePort, serverAuthority),
      expected: 'Verification: OK',
    },
    {
      purpose: 'The browser port shows the right certificate',
      command: handshakeLine(host, input.webPort, 'web-ca.crt'),
      expected: 'Verification: OK',
    },
    {
      purpose: 'Nobody without a certificate gets in',
      command: `mosquitto_pub -h ${host} -p ${input.devicePort} --cafile ${serverAuthority} -t signet/test -m hello`,
      expected: 'a line that begins with Error',
    },
  ];
}

const handshakeLine = (host: string, port: number, authority: string): string =>
  `openssl s_client -connect ${bracketed(host)}:${port} -CAfile ${authority} ${verifyOption(host)} -brief </dev/null`;

const isAddress = (host: string): boolean => host.includes(':') || /^[\d.]+$/.test(host);
const verifyOption = (host: string): string =>
  `${isAddress(host) ? '-verify_ip' : '-verify_hostname'} ${host}`;
