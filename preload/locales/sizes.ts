// Sizes in words: decimal units, at most one decimal, by the rules of a locale.
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** @returns the text of a number of bytes */
export function createSizes(locale: string): (bytes: number) => string {
  // Each constructed for its first size: few of them are needed, and all take milliseconds.
  const formats: (Intl.NumberFormat | undefined)[] = [];
  return (bytes) => {
    const power = powerOf(bytes);
    const format = (formats[power] ??= formatOf(locale, power));
    return format.format(bytes / 1000 ** power);
  };
}

function formatOf(locale: string, power: number): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 ? 0 : 1,
  });
}

/** Avoids `1,000 kB`: a value that rounds up to 1,000 moves to the next unit. */
function powerOf(bytes: number): number {
  let power = 0;
  while (power < UNITS.length - 1 && bytes / 1000 ** power >= (power === 0 ? 1000 : 999.95)) power += 1;
  return power;
}
