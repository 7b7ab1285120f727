/** The parts of the Broker place, in the order they are shown; the address names them. */
export const brokerTabs = [
  { name: '', title: 'Files' },
  { name: 'access', title: 'Who may do what' },
  { name: 'tests', title: 'Test lines' },
  { name: 'programs', title: 'Other programs' },
  { name: 'engines', title: 'Other engines' },
] as const;

export type BrokerTab = (typeof brokerTabs)[number]['name'];

/** What the address says, or the first. */
export const brokerTabOf = (text: string): BrokerTab =>
  brokerTabs.find(({ name }) => name === text)?.name ?? '';
