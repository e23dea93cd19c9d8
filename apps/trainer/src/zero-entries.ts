import type { Method } from '@diffprune/training';

/**
 * What to do where the projection found fewer nonzero entries than the density allows, and kept zeros in their place.
 *
 * @returns words for the user; nothing where no zeros were kept
 */
export function adviceOnZeros(
  { gates }: Method,
  { kept, nonzero }: { readonly kept: number; readonly nonzero: number },
): string | undefined {
  if (nonzero === kept) return undefined;
  return gates === undefined
    ? 'training has moved fewer parameters than --density keeps: lower it, or train longer'
    : 'too few gates are open for --density: lower --l0-penalty or --alpha-learning-rate, or train longer at a higher --learning-rate';
}
