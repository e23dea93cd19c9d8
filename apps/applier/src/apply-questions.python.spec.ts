import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headParameters, initializeParameters } from '@diffprune/bert';
import { answer, applyDiff, loadBase } from '@diffprune/inference/node';
import { sampleModelFolder } from '@diffprune/samples/node';
import { createManifest, type DiffTensor } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { describePython } from '@diffprune/testing';
import { applyCommand } from './apply-command.ts';
import { temporaryFolder } from './tiny-model.fixture.ts';

const script = fileURLToPath(new URL('../python/spans.py', import.meta.url));

const questions = [
  { question: 'Who wrote it?', context: 'It was written by Mary  Shelley in the rainy summer of 1816.' },
  {
    question: 'Wo liegt 東京?',
    context: 'Tokyo (東京) is the capital of Japan 🗼, naïve café and ΟΔΟΣ included.',
  },
  { question: 'Where?', context: 'here' },
];

describePython(['transformers 5', 'torch'], "transformers' answers over a folder of apply", (run) => {
  it('are those of predict', async () => {
    const folder = sampleModelFolder();
    const base = await loadBase(folder, { threads: 1 });
    const specs = headParameters(base.config, { kind: 'span' });
    const fresh = initializeParameters(specs, { initializerRange: 0.5 }, 7);
    const positions = new Uint32Array();
    const tensors = specs.map(({ name, shape }): DiffTensor => {
      return { name, shape, operation: 'replace-dense', positions, values: fresh.get(name)! };
    });
    const manifest = createManifest({
      base: { fingerprint: base.fingerprint },
      tokenizer: base.tokenizerFingerprint,
      task: 'squad',
      head: 'span',
    });
    const at = await temporaryFolder();
    const [diff, out] = [join(at, 'squad.sdiff'), join(at, 'applied')];
    await writeDiff(diff, { manifest, tensors });
    await applyCommand({ base: folder, diff, out });
    const theirs = run(script, { folder: out, questions }) as { text: string; score: number }[][];
    const ours = await answer(await applyDiff(base, diff), questions);
    ours.forEach(({ alternatives, ...best }, i) => {
      const sum = theirs[i]!.reduce((sum, { score }) => sum + Math.exp(score), 0);
      [best, ...alternatives].forEach(({ text, probability }, k) => {
        expect(text).toBe(theirs[i]![k]!.text);
        expect(Math.abs(probability - Math.exp(theirs[i]![k]!.score) / sum)).toBeLessThan(1e-5);
      });
      expect(alternatives.length + 1).toBe(theirs[i]!.length);
    });
    await base.predictors.dispose();
  });
});
