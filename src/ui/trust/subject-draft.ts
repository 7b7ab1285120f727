/** The parts of a subject besides its common name, as they are typed. */
export interface TypedSubject {
  C: string;
  ST: string;
  L: string;
  O: string;
  OU: string;
  E: string;
}

export const emptySubject = (organization = ''): TypedSubject => ({
  C: '',
  ST: '',
  L: '',
  O: organization,
  OU: '',
  E: '',
});
