/** Test files that a document names as `kind/name`: each must exist. */

const named = /`((?:unit|property|scenario|simulation|conformance|integration|ui|e2e)\/[\w-]+)`/g;

/** @param files paths of sources relative to the checkout */
export function missingTests(
  document: { readonly path: string; readonly text: string },
  files: readonly string[],
): readonly string[] {
  const known = new Set(files);
  const names = new Set([...document.text.matchAll(named)].map((match) => match[1] ?? ''));
  return [...names]
    .filter((name) => !['test.ts', 'property.test.ts'].some((ending) => known.has(`test/${name}.${ending}`)))
    .map((name) => `${document.path}: there is no test ${name}`);
}
