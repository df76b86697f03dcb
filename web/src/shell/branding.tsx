// The supplier's own colours, name and telephones, while one of its accounts is chosen.
import { useEffect } from "preact/hooks";
import type { Branding } from "../api/types";

type Palette = NonNullable<Branding["light"]>;

function cssVariables(palette: Palette): string {
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
      ? `@media screen and (forced-colors: none) { html:root { ${cssVariables(light)} } @media (prefers-color-scheme: dark) { html:root { ${cssVariables(dark)} } } }`
      : "";
  useEffect(() => {
    const sheet = document.styleSheets[0];
    if (!text || !sheet) return;
    const rule = sheet.cssRules[sheet.insertRule(text, sheet.cssRules.length)];
    return () => sheet.deleteRule([...sheet.cssRules].findIndex((each) => each === rule));
  }, [text]);
}

const LOGO_HEIGHT = 36;

/** The picture of `favicon.svg`, without a request of its own: an answer in the middle of the first paint delays it. */
function DefaultLogo() {
  return (
    <svg viewBox="0 0 32 32" width={LOGO_HEIGHT} height={LOGO_HEIGHT} aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0f5f5c" />
      <g fill="none" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">
        <path d="M7 16.5 16 8l9 8.5M10 14.5V24h12v-9.5" stroke="#fff" />
        <path d="M13.5 20.5h5" stroke="#8fe0d5" />
      </g>
    </svg>
  );
}

/** The name is beside it; its space is reserved while it loads. */
export function BrandLogo({ branding }: { branding: Branding | undefined }) {
  const logo = branding?.logo;
  if (!logo) return <DefaultLogo />;
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
