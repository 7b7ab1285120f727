/** Steps to trust an authority, per system. A table. */
export interface TrustStepsOf {
  readonly system: string;
  readonly name: string;
  readonly steps: readonly string[];
  /** Lines for a terminal, with the user's own file in Downloads. */
  readonly commands?: (fileName: string) => string;
}

const ownStores = 'Chrome and Firefox use stores of their own: see their entries.';
const restart = 'Close all windows of the browser and open it again.';

export const trustSteps: readonly TrustStepsOf[] = [
  {
    system: 'linux-chrome',
    name: 'Chrome or Chromium on Linux',
    steps: [
      'Open chrome://certificate-manager, then Local certificates, Custom, Installed by you, Trusted certificates, Import. Or install certutil (package libnss3-tools or nss-tools) and run the line below.',
      restart,
    ],
    commands: (file) =>
      `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n "Signet web authority" -i ~/Downloads/${file}`,
  },
  {
    system: 'debian',
    name: 'Debian, Raspberry Pi OS (system)',
    steps: [
      'Run the lines below, choose "ask" and tick the new entry signet/…. The file must be PEM text and end in .crt: it does (a DER file under that name is passed over without a word).',
      ownStores,
    ],
    commands: (file) =>
      `sudo install -D -m 644 ~/Downloads/${file} /usr/share/ca-certificates/signet/${file}\nsudo dpkg-reconfigure ca-certificates`,
  },
  {
    system: 'ubuntu',
    name: 'Ubuntu, Mint (system)',
    steps: [
      'Run the lines below; the last one must say "1 added". The file must be PEM text and end in .crt: it does.',
      ownStores,
    ],
    commands: (file) =>
      `sudo cp ~/Downloads/${file} /usr/local/share/ca-certificates/\nsudo update-ca-certificates`,
  },
  {
    system: 'fedora',
    name: 'Fedora (system)',
    steps: ['Run the lines below.', ownStores],
    commands: (file) =>
      `sudo cp ~/Downloads/${file} /etc/pki/ca-trust/source/anchors/\nsudo update-ca-trust extract`,
  },
  {
    system: 'macos',
    name: 'macOS (Chrome, Safari)',
    steps: [
      'Open the file: Keychain Access asks where to put it; choose System.',
      'Double-click it in the list, open Trust, and choose Always Trust. Or run the line below in Terminal.',
      restart,
    ],
    commands: (file) =>
      `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ~/Downloads/${file}`,
  },
  {
    system: 'windows',
    name: 'Windows (Chrome, Edge)',
    steps: [
      'Open the file and press Install Certificate.',
      'Choose Local Machine, then Place all certificates in the following store, then Trusted Root Certification Authorities.',
      'The same by hand: run mmc, then File, Add/Remove Snap-in, Certificates, Computer account, and import it under Trusted Root Certification Authorities. Or run the line below in a command prompt that was started as administrator.',
      restart,
    ],
    commands: (file) => `certutil -addstore -f Root "%USERPROFILE%\\Downloads\\${file}"`,
  },
  {
    system: 'firefox',
    name: 'Firefox (any system)',
    steps: [
      'Open Settings, Privacy & Security, Certificates, View Certificates.',
      'Under Authorities press Import and choose the file. Asked for a .p12? That is the wrong section.',
      'Tick Trust this CA to identify websites.',
    ],
  },
];

export function guessSystem(userAgent: string): string {
  if (userAgent.includes('Firefox')) return 'firefox';
  if (userAgent.includes('Windows')) return 'windows';
  if (userAgent.includes('Mac OS')) return 'macos';
  return 'linux-chrome';
}
