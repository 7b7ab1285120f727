/**
 * What a device's codes mean, and what to do (docs/contracts.md, "Codes"). A table; the words are the ones people read
 * in the checklist, the console and beside a refused command.
 */
export interface CodeText {
  readonly message: string;
  readonly remedy: string;
}

export const codeTexts = {
  101: {
    message: 'The settings on the board are of another version.',
    remedy: 'Write the settings again from this page.',
  },
  102: {
    message: 'The settings on the board are not readable.',
    remedy: 'Write the settings again from this page.',
  },
  103: {
    message: 'One of the settings on the board has a value that cannot be used.',
    remedy: 'Correct that setting and write the settings again.',
  },
  104: {
    message: 'The files of the settings do not belong together, or the command keys are not readable.',
    remedy: 'Write the settings again from this page.',
  },
  105: {
    message: 'The board found no file system where its firmware looks for one.',
    remedy: 'Write firmware and settings of the same layout.',
  },
  201: {
    message: 'The board does not see the Wi-Fi network.',
    remedy: 'Check the name, letter by letter. The ESP8266 sees 2.4 GHz only, not 5 GHz.',
  },
  202: {
    message: 'The Wi-Fi network refused the password.',
    remedy:
      'Correct the Wi-Fi password and write the settings. WPA3-only networks do not work with this chip.',
  },
  203: {
    message: 'The Wi-Fi network gave the board no address.',
    remedy: "Check the router's DHCP: its address range may be used up.",
  },
  301: {
    message: 'No time server answered.',
    remedy: 'Check that the network lets UDP port 123 out, or offers a time server of its own by DHCP.',
  },
  302: {
    message: "The time server's clock is behind a time that has already passed.",
    remedy: 'Correct the time server. The board goes on with the later time.',
  },
  351: {
    message: "The broker's name was not found.",
    remedy: "Check the host name, and that the board's network knows it.",
  },
  352: {
    message: "Nobody answers to the broker's .local name.",
    remedy: 'Check that avahi (or Bonjour) runs on the broker, in the same network.',
  },
  401: {
    message: "The broker's certificate has expired.",
    remedy: 'Make the project anew, install its bundle and write the devices again.',
  },
  402: {
    message: "The broker's certificate is not valid yet, by the board's clock.",
    remedy: 'Check the clocks of the time server and of the computer that made the certificate.',
  },
  403: {
    message: "The broker's certificate does not list the host name the board connects to.",
    remedy: 'Make the project with every name of the broker, and the one that devices use first.',
  },
  404: {
    message: "The broker's certificate comes from another authority than the one on the board.",
    remedy: "Install this project's bundle on the broker, or write the board's settings again.",
  },
  405: {
    message: "The broker's public key is not the pinned one.",
    remedy: "Write the board's settings again if the broker's key was changed on purpose.",
  },
  406: {
    message: 'The board ran out of memory for TLS.',
    remedy:
      'Press reset on the board. Use Mosquitto as the broker: it grants the small TLS fragments that fit.',
  },
  407: {
    message: "The broker closed the connection: it may not accept this device's certificate.",
    remedy: "Look at the broker's log. Install the newest bundle: it knows this device.",
  },
  408: {
    message: 'TLS failed for another reason.',
    remedy: "Look at the broker's log and at the number on the console.",
  },
  501: {
    message: 'The broker does not answer on its port.',
    remedy: 'Check that Mosquitto runs and that a firewall lets the port through.',
  },
  502: {
    message: 'The broker refused the login.',
    remedy: 'Install the newest bundle: its access list knows this device.',
  },
  503: {
    message: 'The broker refused the subscription.',
    remedy: 'Install the newest bundle: its access list lets the device read its commands.',
  },
  504: {
    message: 'The broker stopped answering.',
    remedy: 'Check the network. The board connects again by itself.',
  },
  601: {
    message: 'The command was retained: the device ignores those.',
    remedy: 'Delete the retained message on the broker.',
  },
  602: { message: 'The command was too large.', remedy: 'Shorten its text.' },
  603: {
    message: "The command's signature was wrong.",
    remedy: 'Write the settings again, so that page and device hold the same key.',
  },
  604: {
    message: 'The device could not read the command.',
    remedy: 'Update the firmware: it may be older than this page.',
  },
  605: { message: 'The command was meant for an earlier start of the device.', remedy: 'Send it again.' },
  606: { message: 'The device does not know the time yet.', remedy: 'Wait until it has, then send again.' },
  607: { message: "The command came too late or too early by the device's clock.", remedy: 'Send it again.' },
  608: { message: 'A newer command was already taken.', remedy: 'Send it again.' },
  609: {
    message: 'The device does not know this command, or this key may not give it.',
    remedy: 'Check what the device is set up for.',
  },
  610: { message: "The command's arguments cannot be used.", remedy: 'Correct them and send again.' },
  611: { message: 'Commands came too fast.', remedy: 'Wait some seconds, then send again.' },
  701: { message: 'The device could not write its files.', remedy: 'Write the settings over USB.' },
  702: {
    message: 'The new settings did not connect; the device went back to the old ones.',
    remedy: 'Check the new settings and try again.',
  },
  703: { message: 'A part of the new settings was damaged on the way.', remedy: 'Send them again.' },
  801: { message: 'The sensor does not answer.', remedy: 'Check its wires, its pin and its type.' },
  901: {
    message: 'The device is in safe mode: it does nothing but talk over USB.',
    remedy: 'Read the line above it on the console, correct the settings, and write them again.',
  },
} as const satisfies Record<number, CodeText>;

export type DeviceCode = keyof typeof codeTexts;

/** The text of a code from a device, or null for a number this page does not know. */
export const codeText = (code: number): CodeText | null =>
  (codeTexts as Record<number, CodeText>)[code] ?? null;
