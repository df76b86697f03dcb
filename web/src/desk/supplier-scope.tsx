// A screen about one of the person's suppliers: which one is in the URL.
import { useLocation } from "preact-iso";
import type { ComponentChildren } from "preact";
import { Empty, QueryView } from "../ui/feedback";
import { chosenSupplier, SupplierChoice, useSuppliers } from "./suppliers";

export function SupplierScope(props: { children: (supplierId: string) => ComponentChildren }) {
  const { query } = useLocation();
  const suppliers = useSuppliers();
  return (
    <QueryView query={suppliers}>
      {(items) => {
        const chosen = chosenSupplier(items, query.supplier_id);
        if (!chosen) return <Empty>Организаций нет: их заводит инженер.</Empty>;
        return (
          <>
            <div class="filters">
              <SupplierChoice suppliers={items} value={chosen} />
            </div>
            {props.children(chosen)}
          </>
        );
      }}
    </QueryView>
  );
}
