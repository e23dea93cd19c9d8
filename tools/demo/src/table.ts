/** Rows of text under a header, in columns of equal width; columns of numbers are aligned to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header.map((title, column) => {
    const width = Math.max(title.length, ...rows.map((row) => row[column]!.length));
    const numeric = rows.every((row) => /^[\d–]/.test(row[column]!));
    return (text: string) => (numeric ? text.padStart(width) : text.padEnd(width));
  });
  const line = (cells: readonly string[]) =>
    cells
      .map((text, column) => columns[column]!(text))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}
