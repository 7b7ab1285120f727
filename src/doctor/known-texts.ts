/** The words of each cause that is certain. A table. */
import type { KnownCause } from './causes.ts';
import type { Evidence } from './evidence.ts';
import { allowAgainSteps, siteSettingsLine } from './local-network-texts.ts';
import type { LineCheck, Verdict } from './verdict.ts';
import { day, hostAndPort, namesText, span } from './words.ts';

type KnownVerdict = Omit<Verdict, 'link' | 'line'> & { readonly line?: LineCheck | null };

const ahead = ({ clock }: Evidence): string => span(clock.aheadMs ?? 0);
const newFiles = 'Get the broker files again, put them in place of the old ones, and start the broker again.';

export const knownTexts: Record<KnownCause, (evidence: Evidence) => KnownVerdict> = {
  'insecure-page': () => ({
    title: 'This page was opened without encryption',
    because:
      'The address begins with http://. Browsers keep such pages from the local network, keys and USB.',
    remedy: [
      'Open the page under its https:// address, or on the computer that serves it as http://localhost.',
    ],
    action: null,
  }),
  'blocked-by-page-host': ({ page }) => ({
    title: "This page's host forbids the connection",
    because:
      'A Content Security Policy that the host sends does not allow wss: addresses. Nothing left the browser.',
    remedy: [
      page.isSecure
        ? "Let the host's policy contain: connect-src 'self' wss:"
        : 'Open the page under https://.',
      'Or open the page from another host, or start it on this computer.',
    ],
    action: null,
  }),
  'local-network-forbidden': () => ({
    title: "This page's host took the local network away",
    because:
      'A Permissions-Policy of the host, or of a page around this one, forbids it: the browser asks nobody.',
    remedy: [
      'Let the host send: Permissions-Policy: local-network=(self), loopback-network=(self), local-network-access=(self)',
      'Inside another page: open this one in a tab of its own.',
    ],
    action: null,
  }),
  offline: ({ host }) => ({
    title: 'This computer is offline',
    because: `The browser says there is no network, so ${host} is out of reach.`,
    remedy: ["Join the broker's network, by Wi-Fi or cable."],
    action: null,
  }),
  'blocked-port': ({ webPort }) => ({
    title: `No browser opens port ${webPort}`,
    because: 'The port belongs to another service and stands on the list that every browser refuses.',
    remedy: ["Give the broker's browser port another number, for example 8884.", newFiles],
    action: 'broker-files',
  }),
  'local-network-refused': ({ browser, page, place }) => ({
    title: 'The browser may not reach your local network',
    because: `Local Network Access for this page is "${page.localNetwork.state}": it was refused once, or closed without an answer.`,
    remedy: allowAgainSteps(browser, place),
    line: siteSettingsLine(browser, page.origin),
    action: null,
  }),
  'local-network-unasked': ({ host, dials, browser }) => ({
    title: 'The browser has to ask you first',
    because: `This page comes from the internet and ${host} is in your own network. ${dials ? 'The question stood, and was not answered.' : `${browser.family} will ask once whether it may go there.`}`,
    remedy: [
      'Press the button below and answer with Allow. It lets this page talk to the broker; it sends nothing else.',
      'Without it the page cannot reach the broker at all.',
    ],
    action: 'ask-browser',
  }),
  'clock-ahead': (evidence) => ({
    title: "This computer's clock is ahead",
    because: `It is ${ahead(evidence)} ahead of the page's host. To it the broker's certificate ended on ${day(evidence.certificate.notAfterMs)}; in truth it is still good.`,
    remedy: ["Set this computer's date and time, best by itself from the network.", 'Restart the browser.'],
    action: null,
  }),
  'clock-behind': (evidence) => ({
    title: "This computer's clock is behind",
    because: `${evidence.clock.aheadMs === null ? 'It shows a day before this project was made.' : `It is ${ahead(evidence)} behind the page's host.`} To it the broker's certificate begins only on ${day(evidence.certificate.notBeforeMs)}.`,
    remedy: ["Set this computer's date and time, best by itself from the network.", 'Restart the browser.'],
    action: null,
  }),
  'certificate-expired': ({ certificate, webPort }) => ({
    title: "The broker's certificate has ended",
    because: `It was good until ${day(certificate.notAfterMs)}.`,
    remedy: [`Renew "Broker, port ${webPort}" in Trust.`, newFiles],
    action: 'trust',
  }),
  'certificate-not-yet-valid': ({ certificate, webPort }) => ({
    title: "The broker's certificate is not valid yet",
    because: `It begins on ${day(Math.max(certificate.notBeforeMs, certificate.authorityNotBeforeMs))}: it was made while a clock was ahead.`,
    remedy: [
      `Renew "Broker, port ${webPort}" in Trust; where its authority is early too, make that anew first.`,
      newFiles,
    ],
    action: 'trust',
  }),
  'authority-expired': ({ certificate, webPort }) => ({
    title: 'The web authority has ended',
    because: `It was good until ${day(certificate.authorityNotAfterMs)}, and what it signed with it.`,
    remedy: [
      `Make a new web authority in Trust, let this browser trust it, and renew "Broker, port ${webPort}".`,
      newFiles,
    ],
    action: 'trust',
  }),
  'host-not-listed': ({ host, certificate, webPort }) => ({
    title: `The broker's certificate does not list ${host}`,
    because: `It lists ${namesText(certificate.names)}.`,
    remedy: [
      'Use one of the names it lists.',
      `Or add ${host} in Trust: open "Broker, port ${webPort}", then Change names. ${newFiles}`,
    ],
    action: 'trust',
  }),
  'certificate-refused': ({ certificate }) => ({
    title: "This browser does not take the broker's certificate",
    because: certificate.objection?.reason ?? '',
    remedy: [certificate.objection?.mend ?? '', newFiles],
    action: 'trust',
  }),
  locked: (evidence) => ({
    title: 'The broker answers; the password is locked',
    because: `Name, port and certificate are right: ${hostAndPort(evidence)} opened. The login could not be tried.`,
    remedy: ['Unlock the project, so that the login and the access list can be tried too.'],
    action: 'unlock',
  }),
  password: ({ session }) => ({
    title: 'The broker refuses the password',
    because: `It answered the login of "dashboard" with code ${session?.connackCode}. Its password file is not the one of this project's files.`,
    remedy: [newFiles],
    action: 'broker-files',
  }),
  'login-refused': ({ session }) => ({
    title: 'The broker refuses the login',
    because: `It answered with code ${session?.connackCode}, which is not about the password.`,
    remedy: ["Read the broker's log at this minute: it names the reason.", 'Start the broker again.'],
    action: null,
  }),
  'not-mqtt': (evidence) => ({
    title: 'What answers is no MQTT broker',
    because: `${hostAndPort(evidence)} opened and is trusted, but does not speak MQTT.`,
    remedy: [
      "See which program listens on that port of the broker's computer.",
      `Or give the broker another browser port. ${newFiles}`,
    ],
    action: 'broker-files',
  }),
  'may-not-read': () => ({
    title: 'The access list keeps readings from this page',
    because:
      'The login was taken, but what this page subscribed to does not come: "dashboard" may not read it.',
    remedy: ['The access list on the broker (acl-web) is not the one of this project.', newFiles],
    action: 'broker-files',
  }),
  'may-not-command': ({ session }) => ({
    title: 'The access list refuses commands from this page',
    because: `The login was taken, but a message to a device was refused with code ${session?.publishCode} (not authorised).`,
    remedy: ['A device may be missing in the access list on the broker (acl-web).', newFiles],
    action: 'broker-files',
  }),
};
