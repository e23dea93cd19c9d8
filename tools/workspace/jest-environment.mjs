import { TestEnvironment } from 'jest-environment-node';

/**
 * Node's test environment with the outer realm's typed arrays: native add-ons (ONNX Runtime) and Node's own
 * modules make and check arrays of that realm, and `instanceof` must agree on both sides.
 */
export default class extends TestEnvironment {
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
}
