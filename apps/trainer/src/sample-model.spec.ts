import { createTokenizer, predictFunction, predictInputs } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { createEngine, type TensorData } from '@diffprune/engine';
import { sampleModelFolder } from '@diffprune/samples/node';

const head = { kind: 'masked-lm' } as const;

it('fills in the words that English leaves no choice of', async () => {
  const folder = sampleModelFolder();
  const { config, tensors, tokenizerFiles, heads } = await loadCheckpoint(folder);
  expect(heads).toEqual([{ kind: 'pretraining' }]);
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  const engine = await createEngine('cpu', { threads: 1 });
  const sentences = {
    'the president of the united [MASK] met the prime minister .': 'states',
    'he was born in new [MASK] city .': 'york',
    'as well [MASK] the other members of the band , he played the piano .': 'as',
    'the second world [MASK] ended in 1945 .': 'war',
    'it is one of the [MASK] important cities in the world .': 'most',
    'more [MASK] two hundred people were killed .': 'than',
  };
  for (const [sentence, word] of Object.entries(sentences)) {
    const ids = [tokenizer.clsId, ...tokenizer.ids(sentence), tokenizer.sepId];
    const inputs = predictInputs(config, head, { batch: 1, length: ids.length, predictions: 1 });
    const program = await engine.compile(predictFunction(config, head), inputs);
    const batch: Record<string, TensorData> = {
      input_ids: Int32Array.from(ids),
      token_type_ids: new Int32Array(ids.length),
      attention_mask: new Int32Array(ids.length).fill(1),
      masked_positions: Int32Array.of(ids.indexOf(tokenizer.maskId)),
    };
    const weights = [...tensors].filter(([name]) => Object.hasOwn(inputs, name));
    const { logits } = await program.run({ ...Object.fromEntries(weights), ...batch });
    const best = logits!.indexOf(Math.max(...logits!));
    expect([sentence, tokenizer.token(best)]).toEqual([sentence, word]);
    await program.dispose();
  }
});
