import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Node's test environment with the outer realm's typed arrays: native add-ons (ONNX Runtime) and Node's own
 * modules make and check arrays of that realm, and `instanceof` must agree on both sides. What the tests of a file, and
 * the programs that they start, put into the folder for temporary files is removed after them: it is one of their own.
 */
export default class extends TestEnvironment {
  #temporary = { usual: process.env.TMPDIR, folder: '' };

  constructor(config, context) {
    super(config, context);
    for (const type of [
      ArrayBuffer,
      SharedArrayBuffer,
      DataView,
      Uint8Array,
      Uint8ClampedArray,
      Int8Array,
      Uint16Array,
      Int16Array,
      Uint32Array,
      Int32Array,
      BigUint64Array,
      BigInt64Array,
      Float32Array,
      Float64Array,
      Error,
    ]) {
      this.global[type.name] = type;
    }
  }

  async setup() {
    await super.setup();
    const folder = await mkdtemp(join(tmpdir(), 'spec-'));
    await chmod(folder, 0o755); // tests may act as another user
    this.#temporary.folder = folder;
    process.env.TMPDIR = this.global.process.env.TMPDIR = folder;
  }

  async teardown() {
    const { usual, folder } = this.#temporary;
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    if (folder !== '') await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    await super.teardown();
  }
}
