import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTokenizer } from '@diffprune/bert';
import { encodeExamples, findTask, readTask } from '@diffprune/glue';
import { describePython } from '@diffprune/testing';

const script = fileURLToPath(new URL('../python/encode_rows.py', import.meta.url));
const folder = join(process.env['DIFFPRUNE_MODELS'] ?? '/nonexistent', 'all-MiniLM-L6-v2');
const glue = join(process.env['DIFFPRUNE_SHARED'] ?? '/nonexistent', 'glue');
const lengths = [512, 128, 64, 32];

describePython(['transformers 5'], "transformers' rows of GLUE's dev splits over a public BERT", (run) => {
  const there = existsSync(folder) && existsSync(join(glue, 'CoLA'));
  const name = there
    ? 'are ours'
    : 'are ours (skipped: no all-MiniLM-L6-v2 in DIFFPRUNE_MODELS, or no glue/CoLA in DIFFPRUNE_SHARED)';
  (there ? it : it.skip).each(['CoLA', 'SST-2', 'MRPC', 'STS-B'])(`${name}: %s`, async (task) => {
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const names = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];
    const tokenizer = createTokenizer(Object.fromEntries(names.map((name) => [name, read(name)])), 30522);
    const { examples } = await readTask(join(glue, task), findTask(task), 'dev');
    const first = examples.map(({ textA }) => textA);
    const pairs = examples[0]!.textB !== undefined;
    const second = pairs ? examples.map(({ textB }) => textB) : null;
    const theirs = run(script, { folder, first, second, lengths }) as number[][][];
    lengths.forEach((length, i) => {
      const { tokens, offsets } = encodeExamples(examples, tokenizer, length, findTask(task).problemType);
      const ours = examples.map((_, row) => [...tokens.subarray(offsets[row], offsets[row + 1])]);
      expect(ours).toEqual(theirs[i]);
    });
  });
});
