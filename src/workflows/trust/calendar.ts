/** A calendar file (RFC 5545) with the end of every certificate and a reminder before it. */
import type { Project } from '../../project/entities.ts';
import { ownedCertificates } from './owners.ts';
import { isRevoked } from './revoke.ts';

const REMINDER_DAYS = 21;
const FOLD_AT = 75;

/** One all-day event a certificate, on the UTC day it ends. Same project and time, same text. */
export function calendarText(project: Project, nowMs: number): string {
  const ends = new Map(
    ownedCertificates(project)
      .filter(({ certificate }) => !isRevoked(project, certificate))
      .map((owned) => [owned.certificate.sha256Fingerprint, owned]),
  );
  const events = [...ends.values()].flatMap(({ owner, certificate }) =>
    eventOf({
      uid: `${certificate.sha256Fingerprint.replaceAll(':', '').toLowerCase()}@signet`,
      atMs: certificate.notAfterMs,
      nowMs,
      summary: `Certificate ends: ${owner.slice(owner.indexOf(':') + 1)} (${owner.slice(0, owner.indexOf(':'))}), project ${project.id}`,
      description: `${certificate.subject}. Renew it in Signet, place Trust.`,
    }),
  );
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Signet//Certificates//EN',
    ...events,
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

interface CalendarEvent {
  readonly uid: string;
  readonly atMs: number;
  readonly nowMs: number;
  readonly summary: string;
  readonly description: string;
}

const eventOf = ({ uid, atMs, nowMs, summary, description }: CalendarEvent): string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  `DTSTAMP:${stamp(nowMs)}`,
  `DTSTART;VALUE=DATE:${stamp(atMs).slice(0, 8)}`,
  `SUMMARY:${escaped(summary)}`,
  `DESCRIPTION:${escaped(description)}`,
  'TRANSP:TRANSPARENT',
  'BEGIN:VALARM',
  'ACTION:DISPLAY',
  `DESCRIPTION:${escaped(summary)}`,
  `TRIGGER:-P${REMINDER_DAYS}D`,
  'END:VALARM',
  'END:VEVENT',
];

const stamp = (unixMs: number): string => new Date(unixMs).toISOString().replace(/[-:]|\.\d+/g, '');

const escaped = (text: string): string =>
  text.replace(/[\\;,]/g, (sign) => `\\${sign}`).replace(/\r?\n/g, '\\n');

/** RFC 5545 3.1: no line longer than 75 octets; a fold never splits a character. */
function folded(line: string): string {
  const parts: string[] = [''];
  for (const character of line) {
    const last = parts.at(-1) ?? '';
    const sizeBytes = new TextEncoder().encode(last + character).length;
    if (sizeBytes > FOLD_AT) parts.push(` ${character}`);
    else parts[parts.length - 1] = last + character;
  }
  return parts.join('\r\n');
}
