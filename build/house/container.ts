/** The development container installs the same system programs as the scripts do on Debian. */

/** Packages in the Dockerfile's list, and names in the table of build/bootstrap.mjs, that the other lacks. */
export function containerProblems(dockerfile: string, bootstrap: string): readonly string[] {
  const installed = /apt-get install[^\n]*\n([\s\S]*?)&&/.exec(dockerfile)?.[1] ?? '';
  const container = installed.split(/[\s\\]+/).filter((name) => name !== '');
  const table = /const systemPrograms = \{\n([\s\S]*?)\n\};/.exec(bootstrap)?.[1] ?? '';
  const scripts = [...table.matchAll(/^ {2}'?([\w.-]+)'?: \{/gm)].map((match) => match[1] ?? '');
  return [
    ...scripts
      .filter((name) => !container.includes(name))
      .map((name) => `.devcontainer/Dockerfile lacks ${name}, which build/bootstrap.mjs installs`),
    ...container
      .filter((name) => !scripts.includes(name))
      .map((name) => `.devcontainer/Dockerfile installs ${name}, which build/bootstrap.mjs does not name`),
  ];
}
