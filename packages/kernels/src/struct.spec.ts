import { readdirSync, readFileSync } from 'node:fs';
import { kernelStructs, structs } from './generated/structs.ts';
import { kernelCall } from './piece.ts';
import { type KernelName, type Range, type StructName, writeCall } from './struct.ts';

const folder = new URL('../assembly/', import.meta.url);
const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** The classes of assembly/, as they are written there: all fields take four bytes, those of the class before first. */
function classes(): Map<string, Record<string, { offset: number; type: string }>> {
  const read = new Map<string, { base: string | undefined; fields: [name: string, type: string][] }>();
  for (const source of sources) {
    for (const [, name, base, body] of source.matchAll(
      /@unmanaged\n(?:export )?class (\w+)(?: extends (\w+))? \{\n(.*?)\n\}/gs,
    )) {
      const fields = [...body!.matchAll(/^ {2}(\w+): (\w+);$/gm)].map(([, field, type]) => {
        return [field!, type === 'usize' ? 'pointer' : type!] as [string, string];
      });
      read.set(name!, { base, fields });
    }
  }
  const all = (name: string): [string, string][] => {
    const { base, fields } = read.get(name)!;
    return base === undefined ? fields : [...all(base), ...fields];
  };
  const laidOut = (name: string) => {
    return Object.fromEntries(all(name).map(([field, type], i) => [field, { offset: 4 * i, type }]));
  };
  return new Map([...read.keys()].map((name) => [name, laidOut(name)]));
}

it('the generated layout is that of the classes in assembly/', () => {
  const written = classes();
  for (const [name, { bytes, fields }] of Object.entries(structs)) {
    expect({ name, fields }).toEqual({ name, fields: written.get(name) });
    expect(bytes).toBe(4 * Object.keys(fields).length);
  }
  for (const [kernel, name] of Object.entries(kernelStructs)) {
    const declaration = `export function ${kernel}(call: ${name}): void {`;
    expect(sources.filter((source) => source.includes(declaration))).toHaveLength(1);
  }
});

it('every field has the word that the layout says, those of pointed-to structs too, and nothing else is written', () => {
  const u32 = new Uint32Array(256);
  const words = { u32, f32: new Float32Array(u32.buffer) };
  for (const [kernel, name] of Object.entries(kernelStructs)) {
    u32.fill(0);
    let next = 1;
    const expected = new Map<number, number>(); // by word
    const float = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]!;
    const given = { range: {} as Record<string, number>, pointers: {} as Record<string, number> };
    let end = 64;
    const describe = (struct: StructName): object => {
      const at = end;
      end += structs[struct].bytes;
      const numbers: Record<string, number | object> = {};
      for (const [field, { offset, type }] of Object.entries<{ offset: number; type: string }>(
        structs[struct].fields,
      )) {
        const word = (at + offset) / 4;
        if (type in structs) {
          expected.set(word, end);
          numbers[field] = describe(type as StructName);
          continue;
        }
        expected.set(word, type === 'f32' ? float(next) : next);
        if (field in structs.Range.fields) given.range[field] = next++;
        else if (type === 'pointer') given.pointers[field] = next++;
        else numbers[field] = next++;
      }
      return numbers;
    };
    const numbers = describe(name);
    const pointerTo = (array: string) => given.pointers[array]!;
    expect(writeCall(words, 64, kernel as KernelName, given.range as Range, pointerTo, numbers)).toBe(end);
    u32.forEach((value, word) => expect([word, value]).toEqual([word, expected.get(word) ?? 0]));
  }
});

it('a call has the arrays and numbers of its kernels, or it does not compile', () => {
  const out = new Float32Array(4);
  const common = { name: 'mask', written: [] } as const;
  const numbers = { key0: 1, key1: 2, rate: 0.5 };
  const calls = [
    kernelCall({ ...common, kernels: [{ kernel: 'dropoutMask', numbers }], arrays: { out } }),
    // @ts-expect-error a number is missing
    kernelCall({ ...common, kernels: [{ kernel: 'dropoutMask', numbers: { key0: 1 } }], arrays: { out } }),
    // @ts-expect-error an array is missing
    kernelCall({ ...common, kernels: [{ kernel: 'dropoutMask', numbers }], arrays: { x: out } }),
    // @ts-expect-error no such kernel
    kernelCall({ ...common, kernels: [{ kernel: 'dropout', numbers }], arrays: { out } }),
  ];
  expect(calls.map(({ name }) => name)).toEqual(['mask', 'mask', 'mask', 'mask']);
});
