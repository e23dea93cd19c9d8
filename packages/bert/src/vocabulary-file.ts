import { whiteSpace } from './bert-normalizer.ts';

/**
 * Reads `vocab.txt`: one token a line, the line number being its id. White space at a line's end, a carriage return
 * included, is no part of the token; of a token that comes twice the later line counts.
 */
export function readVocabularyFile(text: string): Map<string, number> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return new Map(lines.map((line, id) => [trimEnd(line), id]));
}

function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && whiteSpace.test(line.charAt(end - 1))) end--;
  return line.slice(0, end);
}
