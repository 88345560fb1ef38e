// Whether this program runs within a Flatpak.

/** By the variable that Flatpak sets for its programs. */
export function isFlatpak(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['FLATPAK_ID'] ?? '') !== '';
}
