// Inline icons in the text's colour. All are decorative; the text beside them carries the meaning.
import type { ReactNode } from 'react';

const shapes = {
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  arrows: (
    <>
      <path d="M4.5 10a8 8 0 0 1 14-2.5M19.5 14a8 8 0 0 1-14 2.5" />
      <path d="M19 3.5v4.3h-4.3M5 20.5v-4.3h4.3" />
    </>
  ),
  pause: <path d="M9 6v12M15 6v12" />,
  play: <path d="M8 5.5v13l10.5-6.5z" />,
  alert: <path d="M12 4.5 3 19.5h18zM12 10v4.5M12 17.2v.1" />,
  offline: (
    <path d="M4 4l16 16M8.5 7A6.5 6.5 0 0 1 18 10.6a4 4 0 0 1 1.8 7M16 18.5H7.5a4.5 4.5 0 0 1-1.6-8.7" />
  ),
  person: (
    <>
      <circle cx="12" cy="8.5" r="3.75" />
      <path d="M4.75 19.5a7.25 7.25 0 0 1 14.5 0" />
    </>
  ),
  folder: <path d="M3.5 18V6.5h6l2 2.5h9v9z" />,
  file: <path d="M6 20.5v-17h8l4.5 4.5v12.5zM13.5 3.5V8.5h5" />,
  shield: <path d="M12 3.5 5 6v5.5c0 4.5 3 7.7 7 9 4-1.3 7-4.5 7-9V6z" />,
  clock: <path d="M12 7.5V12l3 2M4 12a8 8 0 1 0 16 0 8 8 0 0 0-16 0" />,
  up: <path d="M12 19V5.5M6.5 11 12 5.5l5.5 5.5" />,
  down: <path d="M12 5v13.5M6.5 13l5.5 5.5 5.5-5.5" />,
  move: <path d="M4.5 12h15M14 6.5l5.5 5.5-5.5 5.5" />,
  bin: <path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.9 12.5h9.2L17.5 7M10.3 10.5v5.5M13.7 10.5v5.5" />,
  fork: <path d="M12 20v-6.5L6 8M12 13.5 18 8M6 12V8h4M18 12V8h-4" />,
  restore: <path d="M5 5v4.5h4.5M5.3 9.3A7.5 7.5 0 1 1 4.5 13" />,
  dots: <path d="M5.5 12h.01M12 12h.01M18.5 12h.01" strokeWidth="3.5" />,
  home: <path d="M4 11.5 12 4.5l8 7M6.5 9.8v9.7h11V9.8M10 19.5v-5h4v5" />,
  gear: <path d="M4.5 7h9M17.5 7h2M4.5 12h2M10.5 12h9M4.5 17h7M15.5 17h4M15.5 5v4M8.5 10v4M13.5 15v4" />,
  search: <path d="M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l5 5" />,
  link: (
    <path d="M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1" />
  ),
  plus: <path d="M12 5v14M5 12h14" />,
  back: <path d="M14.5 5.5 8 12l6.5 6.5" />,
  close: <path d="M6.5 6.5l11 11M17.5 6.5l-11 11" />,
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}

/** The mark of Driftless: two arrows that hold each other in place. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 512 512" aria-hidden="true" focusable="false">
      <rect className="mark-ground" x="32" y="32" width="448" height="448" rx="104" />
      <g className="mark-line">
        <path d="M136 236a122 122 0 0 1 206-66" />
        <path d="M376 276a122 122 0 0 1-206 66" />
      </g>
      <g className="mark-head">
        <path d="M394 96v128H266z" />
        <path d="M118 416V288h128z" />
      </g>
    </svg>
  );
}
