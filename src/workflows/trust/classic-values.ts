/** What may stand in the tutorials' scripts: values go into commands of two shells and into OpenSSL's own files. */
import type { ClassicValues } from '../../pki/classic/profiles.ts';
import { AppError } from '../../shared/errors.ts';

/** Quotation marks end a word of Windows' shell whatever stands before them; OpenSSL expands what begins with a dollar. */
const unfit = /["$\p{Cc}]/u;
/** Upper bounds of RFC 5280, in characters. */
const longest = { state: 128, town: 128, organization: 64, email: 128 } as const;
const hostName = /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
const address = /^[0-9A-Fa-f.:]+$/;
const clientName = /^[A-Za-z0-9_]([A-Za-z0-9 ._:-]*[A-Za-z0-9_])?$/;
const mostClientCharacters = 64;

/** Throws pki.classic-value on the first that would not stand in them as it was meant. */
export function checkClassicValues(values: ClassicValues): void {
  const refuse = (what: string, value: string, why: string): never => {
    throw new AppError('pki.classic-value', { details: { what, value, why } });
  };
  if (!/^([A-Za-z]{2})?$/.test(values.country)) refuse('country', values.country, 'it is not two letters');
  for (const [name, most] of Object.entries(longest)) {
    const value = values[name as keyof typeof longest];
    if (unfit.test(value)) refuse(name, value, 'a shell or OpenSSL would read a sign of it as a command');
    if (value.length > most) refuse(name, value, `it is longer than ${most} characters`);
  }
  if (!hostName.test(values.brokerName) && !address.test(values.brokerName))
    refuse('name of the broker', values.brokerName, 'it is no host name');
  for (const name of values.dnsNames) if (!hostName.test(name)) refuse('name', name, 'it is no host name');
  for (const name of values.addresses) if (!address.test(name)) refuse('address', name, 'it is no address');
  for (const client of values.clients) {
    const isName = clientName.test(client) && client.length <= mostClientCharacters && !client.includes('..');
    if (!isName) refuse('client', client, 'it cannot be a name of files and of a certificate');
  }
}
