// What the site knows before anybody has signed in: the ways in, and whom to call.
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import type { Site } from "../api/types";
import { ROUTES } from "../routes";
import { Phones } from "./branding";

/** So many fit below a page; more of them are on the page of help. */
const MAX_IN_FOOTER = 3;

/** One for all who ask: a page has several of them. */
let siteRequest: Promise<Site> | null = null;

function fetchSite(): Promise<Site> {
  siteRequest ??= unwrap(api.GET("/api/site")).catch((reason: unknown) => {
    siteRequest = null;
    throw reason;
  });
  return siteRequest;
}

/** Undefined until it is known, and where nobody asks. */
export function useSite(enabled = true): Site | undefined {
  return useQuery(enabled ? "site" : null, fetchSite).data;
}

function SupplierPhones({ suppliers }: { suppliers: Site["suppliers"] }) {
  return (
    <>
      {suppliers.map(({ name, phones }) => (
        <div key={name}>
          <strong>{name}</strong>
          <Phones phones={phones} />
        </div>
      ))}
    </>
  );
}

/** In the foot of a visitor's page. */
export function VisitorPhones() {
  const suppliers = useSite()?.suppliers ?? [];
  if (suppliers.length > MAX_IN_FOOTER)
    return (
      <p>
        <a href={ROUTES.help}>Телефоны организаций</a>
      </p>
    );
  return <SupplierPhones suppliers={suppliers} />;
}

/** On a page that has gone wrong, and on the page of help: of every supplier. */
export function ContactPhones() {
  const suppliers = useSite()?.suppliers ?? [];
  if (suppliers.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="contact-phones">
      <h2 id="contact-phones">Куда позвонить</h2>
      <SupplierPhones suppliers={suppliers} />
    </section>
  );
}
