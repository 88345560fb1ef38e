// Names: what disks and stores spell differently, what no disk can hold, and what is left alone on purpose.
import { expect } from 'vitest';
import { settle } from '../story.ts';
import type { Story } from '../story.ts';

function roundTrip(name: string, path: string): Story {
  return {
    name,
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      const phone = device('phone');
      await laptop.write(path, 'the text');
      await settle(laptop, phone);
      expect(await phone.read(path)).toBe('the text');
      await phone.write(path, 'edited');
      await settle(phone, laptop);
      expect(await laptop.read(path)).toBe('edited');
      expect(await bucket.tree()).toHaveLength(1);
    },
  };
}

function refusedKey(name: string, key: string): Story {
  return {
    name: `a hostile key is refused and reported: ${name}`,
    // Only a store in memory takes any string as a key.
    on: 'fakes',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await bucket.putRaw(key, 'hostile');
      await bucket.put('good.txt', 'good');
      const report = await laptop.sync();
      expect(await laptop.tree()).toEqual(['good.txt']);
      expect(report.kind === 'ended' && report.isInSync).toBe(false);
      expect(laptop.problems().some((line) => line.startsWith('key-refused'))).toBe(true);
      expect(await bucket.tree()).toContain(key);
    },
  };
}

export const names: readonly Story[] = [
  roundTrip('umlauts', 'Übergrößenträger.txt'),
  roundTrip('spaces and brackets', 'my file (1) [final].txt'),
  roundTrip('an emoji in a folder and a file', '🎉/party 🎈.txt'),
  roundTrip('percent, plus, ampersand, hash', '100% + a&b #1?.txt'),
  roundTrip('quotes and a backslash', `"quoted" 'single' back\\slash.txt`),
  roundTrip('Chinese and Arabic', '文件/ملف.txt'),
  roundTrip('a leading dot and a trailing dot', '.hidden/name.'),
  roundTrip('a leading dash', '-rf'),
  roundTrip('a letter and a colon', 'A: list/b: item.txt'),
  roundTrip('a tilde and a dollar', '~/$HOME.txt'),
  roundTrip('a name of 255 bytes', `${'n'.repeat(251)}.txt`),
  roundTrip('ten folders deep', 'a/b/c/d/e/f/g/h/i/j/k.txt'),
  roundTrip('an ignore-like name that is not ignored', 'partial.txt'),
  refusedKey('parent folder', '../escape.txt'),
  refusedKey('parent folder in the middle', 'a/../../escape.txt'),
  refusedKey('absolute', '/etc/passwd'),
  refusedKey('a dot segment', 'a/./b.txt'),
  refusedKey('an empty segment', 'a//b.txt'),
  refusedKey('a NUL', 'a\u0000b.txt'),
  refusedKey('a control character', 'a\u0007b.txt'),
  refusedKey('a segment of 300 bytes', `${'n'.repeat(300)}.txt`),
  refusedKey('our own folder in capitals', '.DRIFTLESS/root.json'),
  refusedKey('a file that we stage', `d/.driftless-tmp-${'0123456789abcdef'.repeat(2)}`),
  {
    name: 'a key in another normal form is one file, under its own spelling',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      const decomposed = 'u\u0308ber.txt';
      await bucket.putRaw(decomposed, 'decomposed');
      await laptop.sync();
      expect(await laptop.read('\u00fcber.txt')).toBe('decomposed');
      await laptop.write('\u00fcber.txt', 'edited');
      await laptop.sync();
      expect(await bucket.tree()).toEqual([decomposed]);
    },
  },
  {
    name: 'two keys that are one name: both are left alone',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await bucket.putRaw('u\u0308.txt', 'decomposed');
      await bucket.putRaw('\u00fc.txt', 'composed');
      await bucket.put('good.txt', 'good');
      await laptop.sync();
      expect(await laptop.tree()).toEqual(['good.txt']);
      expect(await bucket.tree()).toHaveLength(3);
    },
  },
  {
    name: 'an object with children (a file and a folder in one): left alone',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await bucket.put('thing', 'a file');
      await bucket.put('thing/inside', 'a child');
      await bucket.put('good.txt', 'good');
      await laptop.sync();
      expect(await laptop.read('good.txt')).toBe('good');
      expect(await bucket.read('thing')).toBe('a file');
      expect(await bucket.read('thing/inside')).toBe('a child');
    },
  },
  {
    name: 'names that differ by case on a disk that does not tell',
    on: 'fakes',
    async tell({ device, bucket }) {
      const mac = device('mac', { caseSensitive: false });
      await bucket.put('Read.txt', 'one');
      await bucket.put('READ.txt', 'two');
      await bucket.put('good.txt', 'good');
      await mac.sync();
      expect(await mac.read('good.txt')).toBe('good');
      expect(await bucket.read('Read.txt')).toBe('one');
      expect(await bucket.read('READ.txt')).toBe('two');
    },
  },
  {
    name: 'names that no Windows disk takes are left alone there, and stay in the bucket',
    on: 'fakes',
    async tell({ device, bucket }) {
      const windows = device('windows', { windowsNames: true });
      for (const name of ['CON', 'aux.txt', 'a:b', 'trailing. ', 'what?', 'good.txt'])
        await bucket.put(name, name);
      await windows.sync();
      expect(await windows.tree()).toEqual(['good.txt']);
      expect(await bucket.tree()).toHaveLength(6);
    },
  },
  {
    name: 'a symbolic link is not followed and not replaced',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await laptop.write('real.txt', 'real');
      await laptop.link('link', '/etc/passwd');
      await laptop.sync();
      expect(await bucket.tree()).toEqual(['real.txt']);
      expect(laptop.problems()).toContain('symlink link');
    },
  },
  {
    name: 'a link in the place of a synced folder deletes nothing in the bucket',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await laptop.write('photos/1.jpg', 'one');
      await laptop.write('z.txt', 'z');
      await laptop.sync();
      await laptop.remove('photos');
      await laptop.link('photos', '/mnt/bigger-disk');
      await laptop.sync();
      expect(await bucket.tree()).toEqual(['photos/1.jpg', 'z.txt']);
    },
  },
  {
    name: 'a folder of the user that is called .driftless deeper down is theirs',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await laptop.write('backup/.driftless/notes.txt', 'mine');
      await laptop.sync();
      expect(await bucket.read('backup/.driftless/notes.txt')).toBe('mine');
    },
  },
  {
    name: 'editor litter and unfinished downloads stay at home',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      for (const name of [
        '.DS_Store',
        'Thumbs.db',
        'film.mkv.part',
        '.a.txt.swp',
        '~$letter.docx',
        'a.txt',
      ]) {
        await laptop.write(name, name);
      }
      await laptop.sync();
      expect(await bucket.tree()).toEqual(['a.txt']);
    },
  },
  {
    name: 'ignored by the settings, on both sides',
    async tell({ device, bucket }) {
      const laptop = device('laptop', { ignore: ['*.log', 'build/'] });
      await laptop.write('a.log', 'local log');
      await laptop.write('build/out.js', 'output');
      await laptop.write('a.txt', 'text');
      await bucket.put('b.log', 'remote log');
      await laptop.sync();
      expect(await bucket.tree()).toEqual(['a.txt', 'b.log']);
      expect(await laptop.read('b.log')).toBeNull();
    },
  },
  {
    name: 'an ignore file in the folder; what becomes ignored is deleted nowhere',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await laptop.write('secret.key', 'secret');
      await laptop.write('a.txt', 'text');
      await laptop.sync();
      await laptop.write('.driftlessignore', '*.key\n');
      await laptop.sync();
      await laptop.remove('secret.key');
      await laptop.sync();
      expect(await bucket.read('secret.key')).toBe('secret');
    },
  },
  {
    name: 'a folder excluded on one device stays on the others and in the bucket',
    async tell({ device, bucket }) {
      const laptop = device('laptop');
      await laptop.write('big/film.mkv', 'film');
      await laptop.write('a.txt', 'text');
      await laptop.sync();
      const phone = device('phone', { exclude: ['big'] });
      await settle(laptop, phone);
      expect(await phone.tree()).toEqual(['a.txt']);
      expect(await bucket.read('big/film.mkv')).toBe('film');
      expect(await laptop.read('big/film.mkv')).toBe('film');
    },
  },
];
