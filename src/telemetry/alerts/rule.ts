/** What people want to be told of, per series. Knows nothing of screens or sounds. */
import { largestValue } from '../readings.ts';

export type RuleKind = 'above' | 'below' | 'silence' | 'change';

export interface AlertRule {
  readonly id: string;
  readonly deviceId: string;
  readonly quantity: string;
  readonly kind: RuleKind;
  /** In the quantity's own unit; for `silence` in seconds. */
  readonly limit: number;
  /** How far back it must go before all is well again, in the limit's unit. */
  readonly hysteresis: number;
  /** How long it must last before it counts; 0: at once. */
  readonly holdS: number;
  /** The time in which `change` looks for it. */
  readonly windowS: number;
}

export type RuleProblem = 'limit' | 'hysteresis' | 'hold' | 'window';

/** What of it cannot be meant. */
export function ruleProblems(rule: AlertRule): RuleProblem[] {
  const { kind, limit, hysteresis, holdS, windowS } = rule;
  const isLimit = kind === 'silence' ? limit >= 5 && limit <= 604_800 : Math.abs(limit) <= largestValue;
  const problems: [RuleProblem, boolean][] = [
    ['limit', isLimit && (kind !== 'change' || limit > 0)],
    [
      'hysteresis',
      hysteresis >= 0 && hysteresis <= largestValue && (kind !== 'change' || hysteresis < limit),
    ],
    ['hold', holdS >= 0 && holdS <= 86_400],
    ['window', kind !== 'change' || (windowS >= 10 && windowS <= 86_400)],
  ];
  return problems.filter(([, isRight]) => !isRight).map(([problem]) => problem);
}

/** Out of storage: anything that is no rule is left out. */
export function rulesIn(stored: unknown): AlertRule[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter(isRule).filter((rule) => ruleProblems(rule).length === 0);
}

const kinds: readonly string[] = ['above', 'below', 'silence', 'change'] satisfies RuleKind[];

function isRule(value: unknown): value is AlertRule {
  if (typeof value !== 'object' || value === null) return false;
  const rule = value as Record<string, unknown>;
  const texts = [rule['id'], rule['deviceId'], rule['quantity'], rule['kind']];
  const numbers = [rule['limit'], rule['hysteresis'], rule['holdS'], rule['windowS']];
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => typeof number === 'number') &&
    kinds.includes(String(rule['kind']))
  );
}
