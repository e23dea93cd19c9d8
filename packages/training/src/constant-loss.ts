/**
 * The least loss that the same prediction for every row can have: the labels' entropy in nats where they are classes,
 * else their variance.
 */
export function constantLoss(labels: ArrayLike<number>, regression: boolean): number {
  const values = Array.from(labels);
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  if (regression) {
    const middle = mean(values);
    return mean(values.map((value) => (value - middle) ** 2));
  }
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return mean(values.map((value) => -Math.log(counts.get(value)! / values.length)));
}
