// The person's own suppliers, and which of them a screen is about: it is in the URL.
import { useLocation } from "preact-iso";
import { api, unwrap } from "../api/client";
import { type Query, useQuery } from "../api/query";
import { FilterSelect } from "../ui/filter-select";
import type { OwnSupplier } from "./types";

export function useSuppliers(feature?: string): Query<OwnSupplier[]> {
  return useQuery(`suppliers:${feature ?? ""}`, async () => {
    const { items } = await unwrap(api.GET("/api/staff/suppliers"));
    return items.filter((each) => !feature || each.features.includes(feature));
  });
}

/** What a supplier is called; by its code until the names are there. */
export function useSupplierNames(): (supplierId: string) => string {
  const { data } = useSuppliers();
  return (supplierId) => data?.find((each) => each.supplier_id === supplierId)?.name ?? supplierId;
}

/** The one that the address names, else the first. */
export function chosenSupplier(suppliers: OwnSupplier[] | undefined, named: string | undefined): string {
  const found = suppliers?.find((each) => each.supplier_id === named) ?? suppliers?.[0];
  return found?.supplier_id ?? "";
}

export function SupplierChoice({ suppliers, value }: { suppliers: OwnSupplier[]; value: string }) {
  const { path, query, route } = useLocation();
  if (suppliers.length < 2) return null;
  return (
    <FilterSelect
      label="Организация"
      value={value}
      options={suppliers.map((each): [string, string] => [each.supplier_id, each.name])}
      onValue={(supplier) =>
        route(`${path}?${new URLSearchParams({ ...query, supplier_id: supplier }).toString()}`, true)
      }
    />
  );
}
