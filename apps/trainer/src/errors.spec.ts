import { inputProblem } from './errors.ts';

describe('inputProblem', () => {
  it("tells what the user's input is to blame for", () => {
    const path = (code: string, path?: string) => Object.assign(new Error(code), { code, path });
    expect(inputProblem(path('EACCES', 'runs/a/config.json.17.tmp'))).toBe(
      'runs/a/config.json: permission denied',
    );
    expect(inputProblem(path('ENOSPC', 'runs/a'))).toBeUndefined();
    expect(inputProblem(path('ENOENT'))).toBeUndefined();
    expect(inputProblem(new TypeError('x is not a function'))).toBeUndefined();
    expect(inputProblem(Object.assign(new Error('bad row'), { name: 'DataFileError' }))).toBe('bad row');
  });
});
