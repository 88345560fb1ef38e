// React context with the catalogue, formats and clock.
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { en } from '../../preload/locales/en.ts';
import { createWords } from '../../preload/locales/lookup.ts';
import type { Words } from '../../preload/locales/lookup.ts';
import { createFormat } from '../format.ts';
import type { Format } from '../format.ts';

export type Wording = { readonly words: Words; readonly format: Format; readonly nowMs: number };

const CLOCK_MS = 5_000;
const CATALOGUE_LOCALE = 'en';

function makeWording(nowMs: number, formatLocale: string): Wording {
  const words = createWords(en, CATALOGUE_LOCALE);
  return { words, format: createFormat(formatLocale, words), nowMs };
}

const WordingContext = createContext<Wording>(makeWording(0, CATALOGUE_LOCALE));

export function useWording(): Wording {
  return useContext(WordingContext);
}

/** Number and time formats follow the user's region if its language is that of the catalogue. */
export function WordingProvider({
  locale,
  children,
}: {
  readonly locale: string | null;
  readonly children: ReactNode;
}) {
  const nowMs = useNow();
  const formatLocale = locale?.startsWith(CATALOGUE_LOCALE) === true ? locale : CATALOGUE_LOCALE;
  const base = useMemo(() => makeWording(0, formatLocale), [formatLocale]);
  const wording = useMemo(() => ({ ...base, nowMs }), [base, nowMs]);
  return <WordingContext value={wording}>{children}</WordingContext>;
}

function useNow(): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNowMs(Date.now());
    }, CLOCK_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return nowMs;
}
