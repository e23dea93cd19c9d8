type State = ReadonlyMap<string, Float32Array | Uint32Array>;

/**
 * What L0 training has learnt, tables by row: a row that was never read has no place in an order, but equals those at
 * places that are not taken.
 */
export function byRow(state: State): Map<string, Float32Array> {
  const result = new Map<string, Float32Array>();
  for (const [name, array] of state) {
    if (!(array instanceof Float32Array)) continue;
    const order = state.get(name.replace(/\/[^/]*$/, '/order'));
    result.set(name, order instanceof Uint32Array ? ordered(array, order) : array.slice());
  }
  return result;
}

function ordered(array: Float32Array, order: Uint32Array): Float32Array {
  const none = order.indexOf(2 ** 32 - 1);
  if (none === 0) return array.slice();
  const width = array.length / order.length;
  const places = Array.from(order, (_, row) => {
    const place = order.indexOf(row);
    return place >= 0 ? place : none;
  });
  return Float32Array.from(array, (_, i) => array[places[Math.floor(i / width)]! * width + (i % width)]!);
}
