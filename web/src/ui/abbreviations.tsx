// Abbreviations of receipts in words, beneath the very name that has them: a touch and a screen reader reach them too.

const ABBREVIATIONS: [RegExp, string][] = [
  [/(^|[^\p{L}])СОИ(?!\p{L})/iu, "СОИ — содержание общего имущества дома"],
  [/(^|[^\p{L}])ОИ(?!\p{L})/u, "ОИ — общее имущество дома: подъезды, лифты, подвал, чердак"],
  [/(^|[^\p{L}])ОДН(?!\p{L})/u, "ОДН — общедомовые нужды"],
];

/** What the abbreviations in `text` mean; nothing where there are none. */
export function AbbreviationNote({ text }: { text: string }) {
  const found = ABBREVIATIONS.filter(([abbreviation]) => abbreviation.test(text));
  if (found.length === 0) return null;
  return <span class="small-note">{found.map(([, words]) => words).join("; ")}</span>;
}
