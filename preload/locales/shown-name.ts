// Display form of file names and of texts from files: escapes invisible and direction-changing characters.

/** C0, C1, soft hyphen, Arabic letter mark, Mongolian separator, zero-width and bidi controls, separators, fillers, annotation, tags. */
const ALWAYS_ESCAPED =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

/** Joiners belong in Persian, Indic and emoji names; beside ASCII they only hide. */
const LONE_JOINER = /(?<![^\u0000-\u007f])[\u200c\u200d]|[\u200c\u200d](?![^\u0000-\u007f])/gu;

/** The name with every control, invisible and direction-changing character written as `\u202E`. Never changes what the name is, only how it looks. */
export function showName(name: string): string {
  return name.replace(ALWAYS_ESCAPED, spellOut).replace(LONE_JOINER, spellOut);
}

/** The same for a text of several lines, whose tabs and line ends stay. */
export function showText(text: string): string {
  return text.replace(/[^\t\n\v\f\r]+/gu, showName);
}

function spellOut(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16).toUpperCase();
  return point > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
