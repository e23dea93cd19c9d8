/**
 * Replaces the array types by ones that count the bytes that they allocate, freed ones too, until `restore` is called.
 * Views of a buffer that is there already do not count.
 */
export function countArrays(): { readonly made: { bytes: number }; restore(): void } {
  const made = { bytes: 0 };
  const world = globalThis as unknown as Record<string, unknown>;
  const types = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float32Array, Float64Array };
  for (const [name, type] of Object.entries(types)) {
    world[name] = new Proxy(type, {
      construct(target, parameters, created) {
        const array = Reflect.construct(target, parameters, created) as Uint8Array;
        if (!(parameters[0] instanceof ArrayBuffer)) made.bytes += array.byteLength;
        return array;
      },
    });
  }
  return { made, restore: () => void Object.assign(globalThis, types) };
}
