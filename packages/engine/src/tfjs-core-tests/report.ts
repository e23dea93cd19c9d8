import { backendName } from '../trace-backend.ts';
import { translations } from '../translations.ts';
import type { CaseResult } from './main.ts';
import { cases, kernels, refusals } from './not-supported.ts';

/** What the results of all cases say, held against the list of what is not supported. */
export interface Report {
  /** Numbers of cases. */
  readonly passed: number;
  readonly notSupported: number;
  /** Cases that TensorFlow.js itself leaves out. */
  readonly skipped: number;
  /** Cases that fail, with the first message of each. */
  readonly failures: readonly string[];
  /** Entries of the list that no case needs. */
  readonly stale: readonly string[];
  /** Translated kernels that no case runs and passes. */
  readonly unreached: readonly string[];
}

const untranslated = kernels.flatMap(({ names }) => names.trim().split(/\s+/));
const entries = [...untranslated.map((name) => `${name}: it has no translation`), ...Object.keys(refusals)];

/** Kernels on the list that are translated. */
export const translated = untranslated.filter((name) => name in translations);

export function report(results: readonly CaseResult[]): Report {
  const needed = new Set<string>();
  const reached = new Set<string>();
  const failures: string[] = [];
  let [passed, notSupported, skipped] = [0, 0, 0];
  for (const { name, status, failures: messages, refusals: refused, kernels: called } of results) {
    const short = name.replace(` ${backendName} {}`, '');
    const found = entries.filter((entry) => refused.some((refusal) => refusal.startsWith(entry)));
    if (found.length > 0 || (status === 'failed' && short in cases)) {
      notSupported++;
      for (const entry of found.length > 0 ? found : [short]) needed.add(entry);
    } else if (status === 'passed') {
      passed++;
      for (const kernel of called) reached.add(kernel);
    } else if (status === 'failed') {
      failures.push(`${short}: ${messages[0]}`);
    } else {
      skipped++;
    }
  }
  return {
    passed,
    notSupported,
    skipped,
    failures,
    stale: [...Object.keys(refusals), ...Object.keys(cases)].filter((entry) => !needed.has(entry)),
    unreached: Object.keys(translations).filter((kernel) => !reached.has(kernel)),
  };
}
