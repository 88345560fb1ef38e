/** `npm run scenes`: every scene of the page in one browser tab, with switches for theme, language and width. */
import { parseArgs } from 'node:util';
import { startSceneServer } from './scene-server.ts';

const usage = 'usage: npm run scenes [-- --port NUMBER]\n';

async function main(): Promise<number> {
  let port: number;
  try {
    const { values } = parseArgs({ options: { port: { type: 'string', default: '5174' } } });
    port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`not a port: ${values.port}`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  const server = await startSceneServer({ port });
  process.stdout.write(`Scenes:      ${server.url}\nSave a view or a scene and it shows. Ctrl+C ends.\n`);
  await new Promise<void>((resolve) => {
    // Not once: Ctrl+C comes from the terminal and from npm.
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        resolve();
      });
  });
  await server.close();
  return 0;
}

process.exitCode = await main();
