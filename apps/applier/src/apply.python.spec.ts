import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headParameters, initializeParameters, type Head } from '@diffprune/bert';
import { encodeExamples, findTask } from '@diffprune/glue';
import { applyDiff, classify, loadBase, problemOf } from '@diffprune/inference/node';
import { createManifest, type DiffTensor } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { describePython } from '@diffprune/testing';
import { applyCommand } from './apply-command.ts';
import { temporaryFolder } from './tiny-model.fixture.ts';

const script = fileURLToPath(new URL('../python/pipeline.py', import.meta.url));
const sample = fileURLToPath(new URL('../../../packages/samples/model', import.meta.url));
const models = process.env['DIFFPRUNE_MODELS'];
const maxLength = 16;

const long =
  'The soup was cold, and yet the naïve film of the ΟΔΟΣ Tokyo 東京 left nobody cold at all. '.repeat(3);
const singles = ['a fine film', 'dull', '', long].map((textA) => ({ textA }));
const pairs = [
  { textA: 'a fine film', textB: 'a good film' },
  { textA: long, textB: 'a good film of soups' },
  { textA: 'He left.', textB: long },
  { textA: long, textB: long },
  { textA: long, textB: `so ${long}` },
];

describePython(['transformers 5', 'torch'], "transformers' pipeline over a folder of apply", (run) => {
  const bases: [string, string][] = [['the sample model', sample]];
  const public_ = models === undefined ? undefined : join(models, 'all-MiniLM-L6-v2');
  if (public_ !== undefined && existsSync(public_)) bases.push(['a public BERT', public_]);
  else
    it.skip('gives the answers of predict, over a public BERT (skipped: no all-MiniLM-L6-v2 in DIFFPRUNE_MODELS)', () => {});

  describe.each(bases)('gives the answers of predict, over %s', (_, folder) => {
    it.each(['sst2', 'mrpc', 'stsb'])('for %s', async (name) => {
      const task = findTask(name);
      const base = await loadBase(folder, { threads: 1 });
      const head: Head =
        task.problemType === 'regression'
          ? { kind: 'regression' }
          : { kind: 'classification', labels: task.labels.length };
      const specs = headParameters(base.config, head);
      const fresh = initializeParameters(specs, { initializerRange: 0.2 }, 7);
      const changed = 'bert.encoder.layer.0.attention.self.query.weight';
      const tensors: DiffTensor[] = [
        {
          name: changed,
          shape: base.tensors.get(changed)!.shape,
          operation: 'add',
          positions: Uint32Array.of(0, 5, 77),
          values: Float32Array.of(0.5, -0.25, 1),
        },
        ...specs.map(({ name, shape }): DiffTensor => {
          return {
            name,
            shape,
            operation: 'replace-dense',
            positions: new Uint32Array(),
            values: fresh.get(name)!,
          };
        }),
      ];
      const at = await temporaryFolder();
      const [diff, out] = [join(at, 'task.sdiff'), join(at, 'applied')];
      const manifest = createManifest({
        base: { fingerprint: base.fingerprint },
        tokenizer: base.tokenizerFingerprint,
        task: name,
        head: head.kind,
        method: 'by hand',
        hyperparameters: { maxLength },
        // as an older diff has them: the names are known all the same
        labels: task.values ?? task.labels,
      });
      await writeDiff(diff, { manifest, tensors });

      const isPair = task.splits['train']!.textB !== undefined;
      const inputs = isPair ? pairs : singles;
      const model = await applyDiff(base, diff);
      expect(problemOf(model.manifest).labels).toEqual(task.labels);
      const ours = await classify(model, inputs);
      await applyCommand({ base: folder, diff, out });
      const given = inputs.map((input) => ({
        text: input.textA,
        ...('textB' in input && { text_pair: input.textB }),
      }));
      const theirs = run(script, { folder: out, inputs: given }) as {
        scores: Record<string, number>;
        row: number[];
        rust: number[];
      }[];

      const examples = inputs.map((input, i) => ({ index: String(i), ...input }));
      const rows = encodeExamples(examples, base.tokenizer, maxLength, task.problemType);
      ours.forEach(({ probabilities, score }, i) => {
        const row = [...rows.tokens.subarray(rows.offsets[i]!, rows.offsets[i + 1]!)];
        expect([theirs[i]!.row, theirs[i]!.rust]).toEqual([row, row]);
        const expected = probabilities ? [...probabilities] : [['LABEL_0', score!] as const];
        expect(Object.keys(theirs[i]!.scores).sort()).toEqual(expected.map(([label]) => label).sort());
        for (const [label, value] of expected) {
          expect(Math.abs(theirs[i]!.scores[label]! - value)).toBeLessThan(1e-5);
        }
      });
      await base.predictors.dispose();
    });
  });
});
