/** More share little between them. */
const useful = 8;

/** How many threads there can be: one, unless the page is isolated, so that threads may share memory. */
export function mostThreads(): number {
  return crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, useful) : 1;
}
