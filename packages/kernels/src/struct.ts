import { kernelStructs, structs } from './generated/structs.ts';

/** The compiled module's functions (assembly/index.ts): each takes a pointer to its struct. */
export type KernelName = keyof typeof kernelStructs;

type Structs = typeof structs;
export type StructName = keyof Structs;
type Fields<S extends StructName> = Structs[S]['fields'];
/** The fields of a struct of some type, but for those of the range that all kernels' structs begin with. */
type FieldsOf<S extends StructName, Type> = {
  [F in keyof Fields<S>]: Fields<S>[F] extends { readonly type: Type } ? F : never;
}[keyof Fields<S>] &
  Exclude<keyof Fields<S>, keyof Fields<'Range'>>;

/** The arrays that a kernel takes. */
export type ArrayName<K extends KernelName> = FieldsOf<(typeof kernelStructs)[K], 'pointer'>;

/** A struct's numbers, by field; of a struct that it points to, an object of such. */
export type Numbers<S extends StructName> = {
  readonly [F in FieldsOf<S, 'u32' | 'f32'>]: number;
} & {
  readonly [F in FieldsOf<S, StructName>]: Fields<S>[F] extends { readonly type: infer T extends StructName }
    ? Numbers<T>
    : never;
};

/** What a kernel takes besides arrays and range. */
export type KernelNumbers<K extends KernelName> = Numbers<(typeof kernelStructs)[K]>;

/** A memory as 32-bit words. */
export interface Words {
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
}

/** What every kernel's struct begins with (assembly/range.ts). */
export type Range = Readonly<Record<keyof Fields<'Range'>, number>>;

/** Which word of a struct a field is. */
interface Field {
  readonly name: string;
  readonly word: number;
}

/** A struct's fields, but for those of the range, by what they hold. */
interface Layout {
  readonly words: number;
  readonly u32: readonly Field[];
  readonly f32: readonly Field[];
  readonly pointers: readonly Field[];
  readonly structs: readonly (Field & { readonly layout: Layout })[];
}

function layoutOf(name: StructName): Layout {
  const fields = Object.entries<{ offset: number; type: string }>(structs[name].fields)
    .filter(([field]) => !(field in structs.Range.fields))
    .map(([field, { offset, type }]) => ({ name: field, word: offset / 4, type }));
  const of = (type: string) => fields.filter((field) => field.type === type);
  return {
    words: structs[name].bytes / 4,
    u32: of('u32'),
    f32: of('f32'),
    pointers: of('pointer'),
    structs: fields
      .filter(({ type }) => type in structs)
      .map((field) => ({ ...field, layout: layoutOf(field.type as StructName) })),
  };
}

const layouts = Object.fromEntries(
  Object.entries(kernelStructs).map(([kernel, name]) => [kernel, layoutOf(name)]),
) as Readonly<Record<KernelName, Layout>>;
const rangeFields = Object.entries(structs.Range.fields).map(([name, { offset }]) => {
  return { name: name as keyof Range, word: offset / 4 };
});

/**
 * Writes a kernel's struct, and behind it those that it points to.
 *
 * @param at where, a multiple of 4
 * @param pointerTo the pointer to the first element of an array
 * @returns the first byte behind all of it
 */
export function writeCall(
  words: Words,
  at: number,
  kernel: KernelName,
  range: Range,
  pointerTo: (array: string) => number,
  numbers: object,
): number {
  const layout = layouts[kernel];
  const first = at / 4;
  for (const { name, word } of rangeFields) words.u32[first + word] = range[name];
  for (const { name, word } of layout.pointers) words.u32[first + word] = pointerTo(name);
  return 4 * writeNumbers(words, first, layout, numbers);
}

/** @returns the first word behind the struct and those that it points to */
function writeNumbers(words: Words, first: number, layout: Layout, given: object): number {
  const numbers = given as Readonly<Record<string, number | object>>;
  for (const { name, word } of layout.f32) words.f32[first + word] = numbers[name] as number;
  for (const { name, word } of layout.u32) words.u32[first + word] = numbers[name] as number;
  let end = first + layout.words;
  for (const { name, word, layout: pointedTo } of layout.structs) {
    words.u32[first + word] = 4 * end;
    end = writeNumbers(words, end, pointedTo, numbers[name] as object);
  }
  return end;
}
