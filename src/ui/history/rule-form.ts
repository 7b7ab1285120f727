/** A threshold as it is typed, in the unit that is shown, and back. */
import {
  ruleProblems,
  type AlertRule,
  type RuleKind,
  type RuleProblem,
} from '../../telemetry/alerts/rule.ts';
import { keptDifference, keptValue, type TemperatureUnit } from '../../telemetry/shown-values.ts';

import { lookOf } from './series-looks.ts';

export interface RuleDraft {
  quantity: string;
  kind: RuleKind;
  limit: string;
  hysteresis: string;
  holdS: string;
  windowMin: string;
}

export const newDraft = (quantity: string): RuleDraft => ({
  quantity,
  kind: 'above',
  limit: '',
  hysteresis: '0',
  holdS: '0',
  windowMin: '5',
});

export const kindTexts: Record<RuleKind, string> = {
  above: 'is above',
  below: 'is below',
  silence: 'sends nothing for',
  change: 'changes by more than',
};

export const problemTexts: Record<RuleProblem, string> = {
  limit: 'Type a number; a silence of at least 5 seconds, a change above 0.',
  hysteresis: 'Type a number from 0; of a change less than the change itself.',
  hold: 'Type seconds from 0 to 86400 (a day).',
  window: 'Type minutes, at least 0.2 and at most 1440.',
};

/** @param id of the rule that is changed, or a fresh one. */
export function ruleOf(
  draft: RuleDraft,
  whose: { readonly id: string; readonly deviceId: string; readonly unit: TemperatureUnit },
): { readonly rule: AlertRule; readonly problems: readonly RuleProblem[] } {
  const { quantity, kind } = draft;
  const { id, deviceId, unit } = whose;
  const limit = numberOf(draft.limit);
  const isValue = kind === 'above' || kind === 'below';
  const look = lookOf(deviceId, quantity);
  const difference = (value: number): number => keptDifference(value, look, unit);
  const rule: AlertRule = {
    id,
    deviceId,
    quantity,
    kind,
    limit: isValue ? keptValue(limit, look, unit) : kind === 'change' ? difference(limit) : limit,
    hysteresis: kind === 'silence' ? 0 : difference(numberOf(draft.hysteresis)),
    holdS: kind === 'silence' ? 0 : numberOf(draft.holdS),
    windowS: kind === 'change' ? numberOf(draft.windowMin) * 60 : 300,
  };
  return { rule, problems: ruleProblems(rule) };
}

/** A comma is a decimal point to many; nothing typed is no number. */
const numberOf = (text: string): number =>
  text.trim() === '' ? NaN : Number(text.trim().replace(',', '.').replace('−', '-'));
