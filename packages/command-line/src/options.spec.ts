import { Command } from 'commander';
import { engineOptions, valuesOption } from './options.ts';

describe('the options that both programs have', () => {
  const parse = (...args: string[]): unknown => {
    const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    for (const option of [...engineOptions(), valuesOption()]) command.addOption(option);
    return command.parse(args, { from: 'user' }).opts();
  };

  it('are absent unless they are given', () => {
    expect(parse()).toEqual({});
    expect(parse('--engine', 'webgpu', '--threads', '4', '--values', 'int8')).toEqual({
      ...{ engine: 'webgpu', threads: 4, values: 'int8' },
    });
  });

  it('refuse what is no coding, and threads that are no number', () => {
    expect(() => parse('--values', 'int7')).toThrow('Allowed choices are fp32, fp16, bf16, int8, int4, sign');
    expect(() => parse('--threads', '0')).toThrow('Expected a whole number of at least 1');
  });
});
