// JSON text without characters that a terminal obeys.

/** Those that `JSON.stringify` leaves as they are: C1 controls, one of which begins an escape sequence, and what turns or breaks a line. */
const obeyed = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The same value for every reader of JSON. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    obeyed,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
