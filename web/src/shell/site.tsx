// What the site knows before anybody has signed in: the ways in, and whom to call.
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import type { Site } from "../api/types";
import { ROUTES } from "../routes";
import { Phones } from "./branding";

/** So many fit below a page; more of them are on the page of help. */
const MOST_BELOW = 3;

/** One for all who ask: a page has several of them. */
let asked: Promise<Site> | null = null;

function load(): Promise<Site> {
  asked ??= unwrap(api.GET("/api/site")).catch((reason: unknown) => {
    asked = null;
    throw reason;
  });
  return asked;
}

/** Undefined until it is known, and where nobody asks. */
export function useSite(wanted = true): Site | undefined {
  return useQuery(wanted ? "site" : null, load).data;
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
  if (suppliers.length > MOST_BELOW)
    return (
      <p>
        <a href={ROUTES.help}>Телефоны организаций</a>
      </p>
    );
  return <SupplierPhones suppliers={suppliers} />;
}

/** On a page that has gone wrong, and on the page of help: of every supplier. */
export function WhomToCall() {
  const suppliers = useSite()?.suppliers ?? [];
  if (suppliers.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="whom-to-call">
      <h2 id="whom-to-call">Куда позвонить</h2>
      <SupplierPhones suppliers={suppliers} />
    </section>
  );
}
