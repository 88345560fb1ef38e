// Foreign text made safe for one line of a terminal.

/** File names and foreign messages may hold line breaks and control characters; a terminal must not obey them. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** The same for text of several lines, whose breaks and indents are ours. */
export function plainLines(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, (run) => run.replace(/[^\n\t]+/gu, ' '));
}
