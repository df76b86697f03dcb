// A pretended API for `npm run mock`: the contract's answers without rules behind them. Never part of the build.
import * as data from "./data.mjs";

const state = {
  signedIn: false,
  profile: { ...data.profile },
  bindings: [...data.bindings],
  items: [],
  order: null,
  requests: [...data.requests],
};
const CAPTCHA_IMAGE =
  "data:image/svg+xml;base64," +
  Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="70"><rect width="200" height="70" fill="#eef"/><text x="30" y="48" font-size="36" fill="#335">12345</text></svg>',
  ).toString("base64");
const page = (items) => ({ items, next: null });

function cart() {
  const total = state.items.reduce((sum, item) => sum + item.amount, 0);
  const groups = state.items.length
    ? [
        {
          account_id: "demo:1234567899",
          address: "УЛ. КЫШТЫМСКАЯ, 10 - 1010",
          supplier_name: "ООО «УК Тест»",
          receipts: [
            {
              title: "Квитанция Объединённая за АВГУСТ 2020",
              payees: [
                {
                  payee: "Фонд капитального ремонта",
                  items: state.items.filter((item) => /Кап/.test(item.service)),
                },
                { payee: "ООО «УК Тест»", items: state.items.filter((item) => !/Кап/.test(item.service)) },
              ],
            },
          ],
          subtotal: total,
          order: 1,
        },
      ]
    : [];
  return {
    groups,
    count: state.items.length,
    commission: {
      text: "0% — оплата услуг банковскими картами Челябинвестбанка и других банков.",
      amount: 0,
    },
    total,
    orders: [{ order: 1, account_ids: [], amount: total, commission: { text: "", amount: 0 }, total }],
    note: null,
    version: 1,
  };
}

const order = () => ({
  order_id: "P000001",
  status: state.order,
  amount: 513527,
  commission: 0,
  total: 513527,
  refunded: 0,
  refunds: [],
  paid_at: null,
  payment_url: "/help?bank",
  can_pay: state.order === "registered",
  fiscal_url: null,
  items: data.cartItems.map(({ service, amount }) => ({ service, amount })),
  created_at: "2026-11-22T10:00:00+05:00",
  timeline: [{ at: "2026-11-22T10:00:00+05:00", what: "Заказ создан" }],
});

const ROUTES = [
  [
    "GET",
    /^\/auth\/consent$/,
    () => ({
      version: "1",
      title: "Согласие на обработку персональных данных",
      text: "Я даю согласие на обработку моих персональных данных.\nСогласие действует до отзыва.",
      sha256: "0",
    }),
  ],
  [
    "POST",
    /^\/auth\/captchas$/,
    () => ({ challenge: "c", image: CAPTCHA_IMAGE, audio: "data:audio/wav;base64,", expires_at: "" }),
  ],
  [
    "POST",
    /^\/auth\/sessions$/,
    () => {
      state.signedIn = true;
      return { user_id: "u1", email: data.profile.email };
    },
  ],
  [
    "DELETE",
    /^\/auth\/sessions\/current$/,
    () => {
      state.signedIn = false;
    },
  ],
  ["POST", /^\/auth\//, () => undefined],
  ["POST", /^\/guest\/readings\/lookup$/, () => ({ token: "t", ...data.readingsForm })],
  [
    "POST",
    /readings$/,
    () => ({
      number: "261122-7KQ2XD",
      accepted: [
        {
          reading_id: "r",
          meter_id: "26616450",
          zone: "T1",
          value: "105.2",
          delta: "4.7",
          period: "2026-11",
          replaces: null,
        },
      ],
    }),
  ],
  ["GET", /^\/profile$/, () => ({ ...state.profile, cart_count: state.items.length })],
  ["PATCH", /^\/profile$/, (_path, body) => Object.assign(state.profile, body)],
  ["GET", /^\/profile\/sessions$/, () => page(data.devices)],
  ["GET", /^\/bindings$/, () => ({ items: state.bindings })],
  [
    "POST",
    /^\/bindings\/search$/,
    () => ({ candidates: [{ candidate: "c", supplier_name: "ООО «УК Тест»", check: "surname" }] }),
  ],
  ["POST", /^\/bindings$/, () => state.bindings[0]],
  [
    "PUT",
    /^\/bindings\/(.+)\/primary$/,
    (path) => {
      state.bindings = state.bindings.map((one) => ({
        ...one,
        primary: path.includes(encodeURIComponent(one.account_id)),
      }));
    },
  ],
  [
    "GET",
    /statement$/,
    () => ({
      version: "1",
      text: "Прошу не направлять мне платёжный документ на бумаге по лицевому счету 1234567899.",
    }),
  ],
  [
    "PUT",
    /paperless$/,
    (path, body) => {
      state.bindings = state.bindings.map((one) =>
        path.includes(encodeURIComponent(one.account_id))
          ? { ...one, paperless: body.enabled ? "on" : "off" }
          : one,
      );
      return state.bindings[0];
    },
  ],
  ["GET", /\/summary$/, () => data.summary],
  ["GET", /\/services$/, () => data.services],
  ["GET", /\/charges$/, () => data.charges],
  ["GET", /\/payments$/, () => page(data.payments)],
  ["GET", /\/readings\/form$/, () => data.readingsForm],
  ["GET", /\/meters\/.+\/readings$/, () => page(data.meterReadings)],
  ["GET", /\/meters$/, () => page(data.meters)],
  ["GET", /\/documents$/, () => page(data.documents)],
  ["GET", /\/pdf$/, () => ({ url: "/favicon.svg", expires_at: "" })],
  ["GET", /\/consumption$/, () => data.consumption],
  ["GET", /\/request-kinds$/, () => ({ items: data.requestKinds })],
  ["GET", /\/requests$/, () => page(state.requests)],
  [
    "POST",
    /\/requests$/,
    (_path, body) => {
      const one = {
        ...body,
        attachments: [],
        dispatcher_phone: null,
        request_id: "r2",
        number: "2026-000018",
        status: "new",
        created_at: new Date().toISOString(),
        replies: [],
      };
      state.requests.unshift(one);
      return one;
    },
  ],
  ["GET", /^\/notices$/, () => page(data.notices)],
  ["GET", /^\/cart$/, cart],
  [
    "POST",
    /^\/cart\/items$/,
    () => {
      state.items = data.cartItems.map((item) => ({ ...item }));
      return cart();
    },
  ],
  [
    "PATCH",
    /^\/cart\/items\//,
    (path, body) => {
      state.items.find((item) => path.endsWith(item.item_id)).amount = body.amount;
      return cart();
    },
  ],
  [
    "DELETE",
    /^\/cart\/items\//,
    (path) => {
      state.items = state.items.filter((item) => !path.endsWith(item.item_id));
      return cart();
    },
  ],
  [
    "DELETE",
    /^\/cart$/,
    () => {
      state.items = [];
    },
  ],
  [
    "POST",
    /^\/cart\/checkout$/,
    () => {
      state.order = "registered";
      state.items = [];
      return { order_id: "P000001", amount: 513527, payment_url: "/help?bank", expires_at: "" };
    },
  ],
  ["GET", /^\/orders$/, () => page(state.order ? [order()] : [])],
  [
    "POST",
    /^\/orders\/.+\/payment$/,
    () => ({ order_id: "P000001", amount: 513527, payment_url: "/help?bank", expires_at: "", remaining: 0 }),
  ],
  ["GET", /^\/orders\//, order],
  [
    "GET",
    /security-events$/,
    () => ({ items: [{ at: "2026-11-22T10:00:00+05:00", what: "Вход по паролю", address: "198.51.100.7" }] }),
  ],
];

function answer(request, response, text) {
  const path = request.url.replace(/^\/api/, "").replace(/\?.*/, "");
  const open = /^\/(auth|guest)\//.test(path);
  const route = ROUTES.find(([method, pattern]) => method === request.method && pattern.test(path));
  const status = !open && !state.signedIn ? 401 : route || request.method !== "GET" ? 200 : 404;
  const body =
    status === 200
      ? route?.[2](path, text ? JSON.parse(text) : {})
      : { code: status === 401 ? "unauthenticated" : "not_found", title: "Не найдено" };
  response.statusCode = status === 200 && body === undefined ? 204 : status;
  response.setHeader("content-type", "application/json");
  response.end(body === undefined ? "" : JSON.stringify(body));
}

export function mockApi() {
  const middleware = (request, response, next) => {
    if (request.url === "/local/demo")
      return response.end(
        JSON.stringify({ email: data.profile.email, password: "demo-password", accounts: data.testers }),
      );
    if (request.url.startsWith("/local/mail")) return response.end(JSON.stringify(data.mail));
    if (!request.url.startsWith("/api/")) return next();
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => answer(request, response, text));
  };
  return {
    name: "mock-api",
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
}
