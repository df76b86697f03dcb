// «Перейти к оплате»: everything that is due goes into the cart by one request, and the cart opens.
import { useLocation } from "preact-iso";
import { type Change, useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { cacheData } from "../api/query";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";

interface PayAll extends Change {
  pay: () => void;
}

/** `accountIds`: whose receipts are to be paid; null for those of all flats. */
export function usePayAll(accountIds: string[] | null): PayAll {
  const adding = useChange();
  const { route } = useLocation();
  const { setCounters } = useSession();
  const pay = async () => {
    const cart = await unwrap(
      api.POST("/api/cart/receipts", { body: { account_ids: accountIds, with_preliminary: false } }),
    );
    cacheData("cart", cart);
    setCounters({ cart: cart.count });
    route(ROUTES.cart);
  };
  return { ...adding, pay: () => adding.run(pay) };
}

export function PayAllButton({ paying }: { paying: PayAll }) {
  return (
    <button type="button" class="button button-main" aria-disabled={paying.busy} onClick={paying.pay}>
      {paying.busy ? "Добавляем в корзину…" : "Перейти к оплате"}
    </button>
  );
}
