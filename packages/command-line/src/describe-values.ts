/**
 * How a diff's values were stored, in words: `values as int8, rounded by at most 0.00412 of a tensor's norm`.
 *
 * @param coding as `--values` names it
 * @param reports of the tensors, from the writer
 */
export function describeValues(
  coding: string,
  reports: readonly { readonly relativeError: number }[],
): string {
  const error = reports.reduce((most, { relativeError }) => Math.max(most, relativeError), 0);
  const loss = error > 0 ? `rounded by at most ${error.toPrecision(3)} of a tensor's norm` : 'exact';
  return `values as ${coding}, ${loss}`;
}
