// The few drawings of the site: inline, in the colour of the text, silent for screen readers.
const PATHS = {
  printer: "M7 8V3h10v5M7 17H4v-7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v7h-3M7 14h10v7H7z",
  cart: "M3 4h2l2.4 11h10l2.1-8H6.2M9 20h.01M17 20h.01",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  home: "m3 11 9-8 9 8M6 9v11h12V9",
  wallet: "M4 7h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 7a2 2 0 0 1 2-2h10v2M16 13.500h.01",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  table: "M4 5h16v14H4zM4 10h16M10 5v14",
  history: "M4 12a8 8 0 1 0 2.5-5.8L4 8.500M4 4v4.500h4.500M12 8v4.500l3 2",
  gauge: "M4 18a9 9 0 1 1 16 0M12 14l4-5M12 14h.01",
  info: "M12 11v6M12 7h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 13h6M9 17h6",
  chat: "M4 5h16v11H9l-5 4z",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.500 2h-15zM10 21h4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500a7.500 7.500 0 0 1 15 0",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  exit: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  left: "m15 5-7 7 7 7",
  right: "m9 5 7 7-7 7",
  down: "m5 9 7 7 7-7",
  check: "m5 13 4.500 4.500L19 7",
  warning: "M12 4 2.500 20h19zM12 10v4.500M12 17.500h.01",
  siren: "M6 18v-5a6 6 0 0 1 12 0v5M4 21h16v-3H4zM12 4V2M4.900 6.900 3.500 5.500M19.100 6.900l1.400-1.400",
  frown: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 16a4.500 4.500 0 0 1 7 0M9 9.500h.01M15 9.500h.01",
  wrench:
    "M14.500 6.500a4 4 0 0 1 5-2l-2.500 2.500 1 2 2 1L22.500 7.500a4 4 0 0 1-6.500 4L8 19.500a2.100 2.100 0 0 1-3-3l8-8a4 4 0 0 1 1.500-2z",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  plus: "M12 5v14M5 12h14",
  refresh: "M20 12a8 8 0 1 1-2.500-5.800L20 8.500M20 4v4.500h-4.500",
  sound: "M4 9.500v5h4l5 4v-13l-5 4zM16.500 9a4.500 4.500 0 0 1 0 6M19 6.500a8 8 0 0 1 0 11",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.8"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
