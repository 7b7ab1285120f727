/** Steps to trust an authority, per system. A table. */
export interface TrustStepsOf {
  readonly system: string;
  readonly name: string;
  readonly steps: readonly string[];
  readonly commands?: (fileName: string) => string;
}

export const trustSteps: readonly TrustStepsOf[] = [
  {
    system: 'linux-chrome',
    name: 'Chrome or Chromium on Linux',
    steps: [
      'Open chrome://certificate-manager, then Local certificates, Custom, Installed by you, Trusted certificates, Import. Or install certutil (package libnss3-tools or nss-tools) and run the line below.',
      'Close all windows of the browser and open it again.',
    ],
    commands: (file) =>
      `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n "Signet web authority" -i ~/Downloads/${file}`,
  },
  {
    system: 'debian',
    name: 'Debian, Ubuntu, Raspberry Pi OS (system)',
    steps: [
      'Run the lines below. The file must be PEM and end in .crt: it does.',
      'Chrome and Firefox use stores of their own: see their entries.',
    ],
    commands: (file) =>
      `sudo cp ~/Downloads/${file} /usr/local/share/ca-certificates/\nsudo update-ca-certificates`,
  },
  {
    system: 'fedora',
    name: 'Fedora (system)',
    steps: ['Run the lines below.', 'Chrome and Firefox use stores of their own: see their entries.'],
    commands: (file) =>
      `sudo cp ~/Downloads/${file} /etc/pki/ca-trust/source/anchors/\nsudo update-ca-trust extract`,
  },
  {
    system: 'macos',
    name: 'macOS (Chrome, Safari)',
    steps: [
      'Open the file: Keychain Access asks where to put it; choose System.',
      'Double-click it in the list, open Trust, and choose Always Trust.',
      'Close all windows of the browser and open it again.',
    ],
  },
  {
    system: 'windows',
    name: 'Windows (Chrome, Edge)',
    steps: [
      'Open the file and press Install Certificate.',
      'Choose Local Machine, then Place all certificates in the following store, then Trusted Root Certification Authorities.',
      'Close all windows of the browser and open it again.',
    ],
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
