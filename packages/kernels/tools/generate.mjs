/**
 * Compiles assembly/ and writes src/generated/: the modules as base64 strings, so that they ship inside the package's
 * JavaScript and load the same way in Node and in browsers, and the layout of the structs that the kernels take.
 */
import { fileURLToPath } from 'node:url';
import { compileAssembly, writeGenerated } from '../../../tools/workspace/compile-assembly.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What a field of a class may be, and how src/struct.ts writes it; else it is another class, pointed to. */
const types = { u32: 'u32', f32: 'f32', usize: 'pointer' };

/** As a pass of the compiler: what the functions are called, the classes that they take, and where those have their fields. */
class Layout {
  /** @type {Record<string, string>} */
  kernels = {};
  /** @type {Record<string, { bytes: number, fields: Record<string, { offset: number, type: string }> }>} */
  structs = {};

  /** What it finds is the same for each variant; the first one's is kept. */
  static found;

  afterCompile() {
    const entry = [...this.program.filesByName.values()].find(
      ({ internalName }) => internalName === 'packages/kernels/assembly/index',
    );
    for (const [name, prototype] of entry.exports) {
      const [kernel] = prototype.instances.values();
      this.kernels[name] = this.#struct(kernel.signature.parameterTypes[0].classReference);
    }
    Layout.found ??= this;
  }

  #struct({ name, members, base, nextMemoryOffset: bytes }) {
    const fields = {};
    if (base) this.#struct(base);
    this.structs[name] = { bytes, fields };
    for (const { instance } of members.values()) {
      if (!instance?.isField) continue;
      const { type } = instance;
      const written = type.classReference ? this.#struct(type.classReference) : types[type.toString()];
      if (written === undefined)
        throw new Error(`${name}.${instance.name}: a struct has no fields of type ${type}`);
      fields[instance.name] = { offset: instance.memoryOffset, type: written };
    }
    return name;
  }
}

const modules = await compileAssembly('packages/kernels/assembly/index.ts', [Layout]);
const { kernels, structs } = Layout.found;
writeGenerated(
  `${root}/src/generated/kernels-wasm.ts`,
  `/**
 * The compiled kernels, base64: for a memory of one thread's own and for a shared one, without and with relaxed SIMD.
 */
export const kernelsWasm = ${JSON.stringify(modules)} as const;
`,
);
writeGenerated(
  `${root}/src/generated/structs.ts`,
  `/** The struct that each kernel takes. */
export const kernelStructs = ${JSON.stringify(kernels)} as const;

/** The structs' sizes and, for each field, where it is and what: a number, a pointer, or a pointer to another struct. */
export const structs = ${JSON.stringify(structs)} as const;
`,
);
