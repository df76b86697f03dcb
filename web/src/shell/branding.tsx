// The supplier's own colours, name and telephones, while one of its accounts is chosen.
import { useEffect } from "preact/hooks";
import type { Branding } from "../api/types";

type Palette = NonNullable<Branding["light"]>;

function variables(palette: Palette): string {
  return [
    `--accent: ${palette.accent}`,
    `--accent-hover: ${palette.accent_hover}`,
    `--accent-soft: ${palette.accent_soft}`,
    `--on-accent: ${palette.on_accent}`,
    `--link: ${palette.accent}`,
  ].join(";");
}

/** As a rule in a style sheet of the site: the page's policy allows no styles in line. Paper keeps its black. */
export function useBrandColours(branding: Branding | undefined): void {
  const { light, dark } = branding ?? {};
  const text =
    light && dark
      ? `@media screen and (forced-colors: none) { html:root { ${variables(light)} } @media (prefers-color-scheme: dark) { html:root { ${variables(dark)} } } }`
      : "";
  useEffect(() => {
    const sheet = document.styleSheets[0];
    if (!text || !sheet) return;
    const rule = sheet.cssRules[sheet.insertRule(text, sheet.cssRules.length)];
    return () => sheet.deleteRule([...sheet.cssRules].findIndex((each) => each === rule));
  }, [text]);
}

const LOGO_HEIGHT = 36;

/** The name stands beside it; its place is kept while it is on its way. */
export function BrandLogo({ branding }: { branding: Branding | undefined }) {
  const logo = branding?.logo;
  if (!logo) return <img src="/favicon.svg" alt="" width={LOGO_HEIGHT} height={LOGO_HEIGHT} />;
  return (
    <img
      class="brand-logo"
      src={logo.url}
      alt=""
      width={Math.round((LOGO_HEIGHT * logo.width) / logo.height)}
      height={LOGO_HEIGHT}
    />
  );
}

export function Phones({ phones }: { phones: Branding["phones"] | undefined }) {
  if (!phones?.length) return null;
  return (
    <ul class="phones">
      {phones.map((phone) => (
        <li key={phone.number}>
          <span>
            {phone.title}
            {phone.hours && `, ${phone.hours}`}:
          </span>
          <a href={`tel:${phone.number.replace(/[^\d+]/g, "")}`}>{phone.number}</a>
        </li>
      ))}
    </ul>
  );
}
