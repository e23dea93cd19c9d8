import type { Evaluation } from '@diffprune/evaluators';
import type { SampledScores } from '@diffprune/training';

/** A number of things: 999, 12,345, 4.4M. */
export function formatCount(count: number): string {
  if (count >= 999_950) return `${(count / 1e6).toFixed(1)}M`;
  return Math.round(count).toLocaleString('en');
}

/** A fraction: 98.7%, 0.50%, 0.0031%. */
export function formatPercent(fraction: number): string {
  const percent = 100 * fraction;
  if (percent >= 10 || percent === 0) return `${percent.toFixed(1)}%`;
  return `${percent.toFixed(Math.min(20, 1 - Math.floor(Math.log10(percent))))}%`;
}

/** A size: 512 B, 92.1 kB, 17.5 MB (decimal units). */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let unit = 0;
  let size = bytes;
  for (; size >= 999.95 && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** A time: 8 s, 3 min 05 s, 2 h 10 min. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${two(whole % 60)} s` : `${whole} s`;
}

/** Scores of one split: `dev: accuracy 0.8211, f1 0.8730`. */
export function formatScores(split: string, scores: Readonly<Record<string, number>>): string {
  const each = Object.entries(scores).map(([metric, value]) => `${metric} ${value.toFixed(4)}`);
  return `${split}: ${each.join(', ')}`;
}

/**
 * Scores of all splits, a text for each, and of several what they are together: the mean of their main scores, as GLUE's
 * leaderboard counts MNLI's two sets (Wang et al. 2019).
 */
export function formatEvaluations(evaluations: Readonly<Record<string, Evaluation>>): string[] {
  const each = Object.entries(evaluations).map(([split, { scores }]) => formatScores(split, scores));
  const mains = Object.values(evaluations).map(({ main }) => main);
  if (mains.length < 2) return each;
  return [...each, `mean: ${(mains.reduce((sum, main) => sum + main, 0) / mains.length).toFixed(4)}`];
}

/** What samples of a random model score: `accuracy 0.8211 ± 0.0031 over 10 samples`. */
export function describeSamples({ count, mean, deviation }: SampledScores): string {
  const each = Object.entries(mean).map(([metric, value]) => {
    return `${metric} ${value.toFixed(4)} ± ${deviation[metric as keyof typeof deviation]!.toFixed(4)}`;
  });
  return `${each.join(', ')} over ${count} samples`;
}

/** An argument as a POSIX shell takes it. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
