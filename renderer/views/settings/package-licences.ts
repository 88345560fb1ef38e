// Licences of the packages inside the app; the build puts the installed ones here.
//
// `fillLicences` in build/vite.renderer.config.ts replaces this text. Loaded when it is shown, because it is larger than the page.
export type PackageLicences = {
  readonly texts: readonly string[];
  readonly packages: readonly PackageLicence[];
};
/** `text`: its place among the texts. */
export type PackageLicence = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: number;
};

export const licences: PackageLicences = { texts: [], packages: [] };
