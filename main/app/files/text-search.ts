// Search of names and paths for a text that the user typed.

/** Whether a name contains the text, by any spelling of its letters. */
export function nameSearch(text: string): (name: string) => boolean {
  const wanted = text.normalize('NFC').toLowerCase();
  return (name) => name.toLowerCase().includes(wanted);
}
