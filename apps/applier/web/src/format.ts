/** `1,453,952` */
export const whole = (count: number): string => count.toLocaleString('en');

/** `847`, `1.8k`, `23k`, `1.2M`: four characters at most. */
export function short(count: number): string {
  for (const [unit, sign] of [
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (count >= unit - unit / 2000) {
      const scaled = count / unit;
      return (scaled < 9.95 ? scaled.toFixed(1) : scaled.toFixed(0)) + sign;
    }
  }
  return String(count);
}

/** `25.8 kB`, `3.0 MB` */
export function size(bytes: number): string {
  for (const [unit, sign] of [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= unit) return `${(bytes / unit).toFixed(1)} ${sign}`;
  }
  return `${bytes} B`;
}

/** `0.50%` of a whole; what is above 0 is never shown as 0. */
export function share(fraction: number): string {
  const percent = 100 * fraction;
  if (percent > 0 && percent < 0.005) return '<0.01%';
  return `${percent.toFixed(percent >= 9.995 ? 0 : 2)}%`;
}

/** `97.5%`, of a probability; none is shown as sure that is not. */
export function probability(value: number): string {
  if (value > 0 && value < 0.0005) return '<0.1%';
  if (value < 1 && value >= 0.9995) return '>99.9%';
  return `${(100 * value).toFixed(1)}%`;
}

/** `0.03 ms`, `1.2 s`; clocks of pages that are not isolated have steps of 0.1 ms, so that 0 is less than that. */
export function time(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds >= 99.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds >= 0.995) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds <= 0) return '<0.1 ms';
  return milliseconds < 0.005 ? '<0.01 ms' : `${milliseconds.toFixed(2)} ms`;
}

/** What went wrong, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
