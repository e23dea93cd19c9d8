/** Columns of equal width: words to the left, numbers to the right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const columns = header.map((_, column) => {
    const width = Math.max(...all.map((row) => row[column]!.length));
    const numbers = rows.every((row) => /^(–|[-+]?[\d,.]+(e[-+]\d+)?%?)$/.test(row[column]!));
    return (text: string) => (numbers ? text.padStart(width) : text.padEnd(width));
  });
  return all
    .map((row) =>
      row
        .map((text, i) => columns[i]!(text))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A text of a file's can neither give the terminal orders nor begin a line: control characters are shown as escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
