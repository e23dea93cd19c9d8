import { parseConfig } from '@diffprune/bert';
import { knownTask } from './known-tasks.ts';
import { completeTaskOptions, isTaskOption, validateTaskOptions } from './task-options.ts';

const sst2 = knownTask('SST-2');

/** A base with so many positions. */
function base(positions: number) {
  return parseConfig({
    model_type: 'bert',
    vocab_size: 20,
    hidden_size: 4,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    intermediate_size: 4,
    max_position_embeddings: positions,
    type_vocab_size: 2,
  });
}

describe('completeTaskOptions', () => {
  it("has the task's longest row, or as many tokens as the base has positions", () => {
    expect(completeTaskOptions(sst2, {}, base(512))).toEqual({ maxLength: 128 });
    expect(completeTaskOptions(sst2, {}, base(64))).toEqual({ maxLength: 64 });
    expect(completeTaskOptions(sst2, { maxLength: 32, epochs: 3 }, base(64))).toEqual({ maxLength: 32 });
  });

  it('refuses rows that the base has no positions for, or that hold no pair', () => {
    const complete = (maxLength: number, positions = 64) =>
      completeTaskOptions(sst2, { maxLength }, base(positions));
    expect(() => complete(65)).toThrow(
      '--max-length must be a whole number from 5 to 64, the positions that',
    );
    expect(() => complete(4)).toThrow('not 4');
    expect(() => complete(4, 4)).toThrow(
      'the base has 4 positions (max_position_embeddings), expected at least 5',
    );
  });
});

describe('validateTaskOptions', () => {
  it('looks at the options of tasks alone', () => {
    expect([isTaskOption('maxLength'), isTaskOption('epochs')]).toEqual([true, false]);
    expect(() => validateTaskOptions(sst2, { epochs: NaN, maxLength: 8 })).not.toThrow();
  });

  it('refuses what is out of range', () => {
    expect(() => validateTaskOptions(sst2, { maxLength: 0.5 })).toThrow(
      'maxLength must be a positive whole number',
    );
  });
});
