import { compileKernels, hasRelaxedSimd } from './wasm.ts';

it('relaxed SIMD is found where there is any, and the kernels for it compile', async () => {
  expect(hasRelaxedSimd()).toBe(true); // Node has it, from 20 on
  const relaxed = await compileKernels('plain', true);
  expect(WebAssembly.Module.exports(relaxed)).toEqual(
    WebAssembly.Module.exports(await compileKernels('plain', false)),
  );
});
