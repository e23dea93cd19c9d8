import { createEngine } from './create-engine.ts';

it('refuses names and options that it does not know', async () => {
  await expect(createEngine('gpu')).rejects.toThrow(
    "there is no engine 'gpu'; use cpu, webgpu, cuda, wasm, tensorflow, webgl or tfjs-<backend>",
  );
  await expect(createEngine('toString')).rejects.toThrow("there is no engine 'toString'");
  for (const threads of [0, 1.5, 1025]) {
    await expect(createEngine('cpu', { threads })).rejects.toThrow(
      `threads is ${threads}; expected a whole number from 1 to 1024`,
    );
  }
});
