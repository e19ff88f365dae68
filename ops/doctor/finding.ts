// What the doctor found about one thing, and what to do about it.
import { describeError, Unanswered } from '../trouble.ts';

export type Finding = {
  readonly check: string;
  readonly state: 'good' | 'warning' | 'failed';
  readonly detail: string;
  /** what to do, unless it is good */
  readonly remedy?: string;
};

export const good = (check: string, detail: string): Finding => ({ check, state: 'good', detail });
export const warning = (check: string, detail: string, remedy: string): Finding => ({
  check,
  state: 'warning',
  detail,
  remedy,
});
export const failed = (check: string, detail: string, remedy: string): Finding => ({
  check,
  state: 'failed',
  detail,
  remedy,
});
/** A failure with the remedy that the error has, else with this one. */
export const failure = (check: string, error: unknown, remedy: string) =>
  failed(check, describeError(error), error instanceof Unanswered ? error.remedy : remedy);

/** 0: all good; 2: a warning; 1: something failed. */
export const exitCode = (findings: readonly Finding[]): number =>
  findings.some(({ state }) => state === 'failed')
    ? 1
    : findings.some(({ state }) => state === 'warning')
      ? 2
      : 0;
