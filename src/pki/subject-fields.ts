/** A certificate's subject as a person fills it in, and what can be wrong with each field. Writes nothing. */
import { AppError } from '../shared/errors.ts';
import { visibleText } from '../shared/visible-text.ts';
import { countryCodes } from './countries.ts';
import type { NameAttribute, NameType } from './distinguished-name.ts';

/** In the order of `openssl -subj`; absent or empty fields are left out. */
export interface SubjectFields {
  readonly C?: string;
  readonly ST?: string;
  readonly L?: string;
  readonly O?: string;
  readonly OU?: string;
  readonly CN: string;
  readonly E?: string;
}

const order: readonly NameType[] = ['C', 'ST', 'L', 'O', 'OU', 'CN', 'E'];

/** RFC 5280 A.1, in characters. */
const limits: Readonly<Record<NameType, number>> = { C: 2, ST: 128, L: 128, O: 64, OU: 64, CN: 64, E: 255 };

export const fieldNames: Readonly<Record<NameType, string>> = {
  C: 'Country',
  ST: 'State or province',
  L: 'Town',
  O: 'Organization',
  OU: 'Unit',
  CN: 'Common name',
  E: 'E-mail address',
};

export interface SubjectProblem {
  readonly field: NameType;
  readonly error: AppError;
}

/** Everything wrong with the fields, in their order; empty when they make a name. */
export function subjectProblems(fields: SubjectFields): SubjectProblem[] {
  return order.flatMap((field) => {
    const error = problemOf(field, valueOf(fields, field));
    return error ? [{ field, error }] : [];
  });
}

/** The name's attributes. Throws the first of {@link subjectProblems}. */
export function subjectAttributes(fields: SubjectFields): NameAttribute[] {
  const [problem] = subjectProblems(fields);
  if (problem) throw problem.error;
  return order.flatMap((field): NameAttribute[] => {
    const value = valueOf(fields, field);
    return value === '' ? [] : [[field, value]];
  });
}

const valueOf = (fields: SubjectFields, field: NameType): string => (fields[field] ?? '').trim();

function problemOf(field: NameType, value: string): AppError | null {
  const details = { field: fieldNames[field], value, limit: limits[field] };
  if (value === '') return field === 'CN' ? new AppError('pki.subject-empty', { details }) : null;
  if (field === 'C')
    return countryCodes.includes(value) ? null : new AppError('pki.subject-country', { details });
  if (field === 'E' && !/^[!-?A-~]+@[A-Za-z0-9.-]+$/.test(value))
    return new AppError('pki.subject-email', { details });
  if (/\p{Cs}/u.test(value) || visibleText(value) !== value)
    return new AppError('pki.subject-characters', { details });
  return Array.from(value).length > limits[field] ? new AppError('pki.subject-length', { details }) : null;
}
