import { parseConfig } from './architectures.ts';
import { type Head, programParameters } from './heads.ts';
import { dropoutMasks, predictInputs, trainInputs } from './program.ts';

const sizes = {
  vocab_size: 20,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 16,
  max_position_embeddings: 16,
  type_vocab_size: 2,
};
const config = parseConfig(sizes);
const classification: Head = { kind: 'classification', labels: 3 };

describe('the inputs of programs', () => {
  it('are parameters and batch, and for training labels and masks', () => {
    const predict = predictInputs(config, classification, { batch: 4, length: 6 });
    expect(Object.keys(predict)).toEqual([
      ...programParameters(config, classification).map(({ name }) => name),
      'input_ids',
      'token_type_ids',
      'attention_mask',
    ]);
    expect(predict['input_ids']).toEqual({ shape: [4, 6], dtype: 'int32' });
    expect(predict['classifier.weight']).toEqual({ shape: [3, 8], dtype: 'float32' });
    const train = trainInputs(config, classification, { batch: 4, length: 6 });
    expect(train['labels']).toEqual({ shape: [4], dtype: 'int32' });
    expect(train['example_weights']).toEqual({ shape: [4], dtype: 'float32' });
    expect(train['dropout.classifier']).toEqual({ shape: [4, 8], dtype: 'float32' });
    const added = Object.keys(train).length - Object.keys(predict).length;
    expect(added).toBe(2 + dropoutMasks(config, classification, { batch: 4, length: 6 }).length);
  });

  it('have labels by the head', () => {
    const labels = (head: Head) => trainInputs(config, head, { batch: 4, length: 6, predictions: 2 });
    expect(labels({ kind: 'regression' })['labels']?.dtype).toBe('float32');
    expect(labels({ kind: 'span' })).toMatchObject({
      start_positions: { shape: [4] },
      end_positions: { shape: [4] },
    });
    expect(labels({ kind: 'masked-lm' })).toMatchObject({
      masked_positions: { shape: [4, 2], dtype: 'int32' },
      labels: { shape: [4, 2], dtype: 'int32' },
      label_weights: { shape: [4, 2], dtype: 'float32' },
    });
    expect(labels({ kind: 'pretraining' })).toMatchObject({
      masked_positions: { shape: [4, 2], dtype: 'int32' },
      labels: { shape: [4, 2], dtype: 'int32' },
      next_sentence_labels: { shape: [4], dtype: 'int32' },
      example_weights: { shape: [4], dtype: 'float32' },
    });
  });

  it.each([
    [{ batch: 0, length: 6 }, /batch of a batch must be a positive integer, not 0/],
    [{ batch: 1, length: 17 }, /length 17 does not fit the model: it has 16 positions/],
  ])('refuse the shape %j', (shape, message) => {
    expect(() => predictInputs(config, classification, shape)).toThrow(message);
  });

  it('of a masked LM need the number of predictions', () => {
    expect(() => predictInputs(config, { kind: 'masked-lm' }, { batch: 1, length: 2 })).toThrow(
      'predictions',
    );
  });
});

describe('dropoutMasks', () => {
  it('come for each place with a rate', () => {
    const masks = dropoutMasks(config, classification, { batch: 4, length: 6 });
    expect(masks.map(({ name, shape }) => [name, shape.join('x')])).toEqual([
      ['dropout.embeddings', '24x8'],
      ['dropout.layer.0.attention.self', '4x2x6x6'],
      ['dropout.layer.0.attention.output', '24x8'],
      ['dropout.layer.0.output', '24x8'],
      ['dropout.layer.1.attention.self', '4x2x1x6'],
      ['dropout.layer.1.attention.output', '4x8'],
      ['dropout.layer.1.output', '4x8'],
      ['dropout.classifier', '4x8'],
    ]);
    const names = (more: object, head: Head) =>
      dropoutMasks(parseConfig({ ...sizes, ...more }), head, { batch: 4, length: 6 }).map(({ name }) => name);
    expect(names({ hidden_dropout_prob: 0, classifier_dropout: 0.2 }, classification)).toEqual([
      'dropout.layer.0.attention.self',
      'dropout.layer.1.attention.self',
      'dropout.classifier',
    ]);
    expect(names({ hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 }, { kind: 'span' })).toEqual([]);
  });
});
