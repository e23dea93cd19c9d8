import { fileURLToPath } from 'node:url';
import { describePython } from '@diffprune/testing';
import { normalizeAnswer } from './normalize-answer.ts';

describePython([], "the scorers' own language", (run) => {
  it('normalises every character as Python does', () => {
    // beside letters, an article and white space, where it matters what a character is
    const texts: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code < 0xd800 || code > 0xdfff)
        texts.push(`${String.fromCodePoint(code)}the${String.fromCodePoint(code)}Σ a`);
    }
    const script = fileURLToPath(new URL('fixtures/normalize-answers.py', import.meta.url));
    const theirs = run(script, texts) as (string | null)[];
    const differing = texts.filter((text, i) => theirs[i] !== null && normalizeAnswer(text) !== theirs[i]);
    // which Unicode 15.1 and 16 have put in other classes
    const moved = ['295', '1171e'];
    const codes = differing.map((text) => text.codePointAt(0)!.toString(16));
    expect(codes.filter((code) => !moved.includes(code))).toEqual([]);
    expect(theirs.filter((text) => text !== null).length).toBeGreaterThan(100_000);
  });
});
