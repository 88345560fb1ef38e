// Ignore line for one path.

/** As long as a rule of the settings may be. */
const maxLine = 1024;

/** Gitignore line that matches this path and no other; null where no line can. */
export function ignoreLineFor(path: string): string | null {
  // U+FFFD stands for bytes that are no text: the name itself is not known.
  if (path === '' || /[\p{Cc}\u{fffd}]/u.test(path) || !path.isWellFormed()) return null;
  const literal = path.replaceAll(/[\\*?[]/g, '\\$&');
  const line = `/${literal.replace(/\s+$/u, (blanks) => blanks.replaceAll(/\s/gu, '\\$&'))}`;
  return line.length > maxLine ? null : line;
}
