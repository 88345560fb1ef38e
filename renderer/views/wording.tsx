// React context with the catalogue, formats and clock.
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { formatLocaleOf, languageOf, wordsIn } from '../../preload/locales/catalogues.ts';
import type { Language } from '../../preload/locales/catalogues.ts';
import type { Words } from '../../preload/locales/lookup.ts';
import { createFormat } from '../format.ts';
import type { Format } from '../format.ts';

export type Wording = { readonly words: Words; readonly format: Format; readonly nowMs: number };

const CLOCK_MS = 5_000;

function makeWording(nowMs: number, language: Language, formatLocale: string): Wording {
  const words = wordsIn(language);
  return { words, format: createFormat(formatLocale, words), nowMs };
}

const WordingContext = createContext<Wording>(makeWording(0, 'en', 'en'));

export function useWording(): Wording {
  return useContext(WordingContext);
}

/** Number and time formats follow the user's region if its language is the one that is shown. */
export function WordingProvider({
  locale,
  language: chosen = null,
  children,
}: {
  readonly locale: string | null;
  /** The user's choice; null follows the locale. */
  readonly language?: Language | null;
  readonly children: ReactNode;
}) {
  const nowMs = useNow();
  const language = chosen ?? languageOf(locale);
  const formatLocale = formatLocaleOf(locale, language);
  const base = useMemo(() => makeWording(0, language, formatLocale), [language, formatLocale]);
  useEffect(() => {
    // Screen readers choose their voice by it.
    document.documentElement.lang = language;
  }, [language]);
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
