/** Tidies an expanded template: single spaces, punctuation attached, a or an, a capital at the start. */
export function sentence(text: string): string {
  const tidy = text
    .replace(/ +/g, ' ')
    .trim()
    .replace(/ ([.,])/g, '$1')
    .replace(/\b(a|A) (?=[aeiou])/g, '$1n ');
  return tidy.charAt(0).toUpperCase() + tidy.slice(1);
}
