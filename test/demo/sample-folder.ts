// Makes the folder that the demo syncs: names and sizes that trip simple clients, and enough files to see it work.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const mebibyte = 1024 * 1024;
export const largeFileBytes = 40 * mebibyte;

/** Bytes that look random and are the same every time, so that a difference can be looked at. */
export function patternBytes(seed: string, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let block = createHash('sha512').update(seed).digest();
  for (let at = 0; at < sizeBytes; at += block.length) {
    bytes.set(block.subarray(0, Math.min(block.length, sizeBytes - at)), at);
    block = createHash('sha512').update(block).digest();
  }
  return bytes;
}

const texts: Readonly<Record<string, string>> = {
  'Welcome.txt': 'This folder and a bucket are kept in sync. Change something on either side and watch.\n',
  'empty file.txt': '',
  'Notes/Shopping list.md': '# Shopping\n\n- milk\n- bread\n',
  'Notes/Ideen für später.md': 'Umlaute im Namen und im Text: äöüß.\n',
  'Notes/日本語のメモ.txt': '漢字とかな。\n',
  'Notes/emoji 🎉 party.txt': 'A name outside the basic plane.\n',
  'Notes/100% (sure) + more & less #1.txt': 'Characters that URLs treat specially.\n',
  'Notes/très été.txt': 'Accents.\n',
  'Projects/a/b/c/d/deep.txt': 'Five folders down.\n',
  'Projects/.hidden': 'A hidden file is a file.\n',
  'Projects/no extension': 'Without an extension.\n',
};

/** Returns the number of files made. */
export function makeSampleFolder(folder: string): number {
  const files = new Map<string, Uint8Array>();
  for (const [path, text] of Object.entries(texts)) files.set(path, new TextEncoder().encode(text));
  for (let index = 1; index <= 16; index += 1) {
    const name = `Photos/Holiday ${String(index).padStart(2, '0')}.jpg`;
    files.set(name, patternBytes(name, 20_000 + index * 7001));
  }
  files.set('Videos/large video.mp4', patternBytes('video', largeFileBytes));
  for (const [path, bytes] of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
  mkdirSync(join(folder, 'Empty folder'), { recursive: true });
  return files.size;
}
