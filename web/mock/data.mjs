// The manual's own figures, for looking at the site without a back end.
const ACCOUNT = "demo:1234567899";
const sums = (main, penalty = 0) => ({ main, penalty });

export const profile = {
  user_id: "u1",
  email: "subscriber@example.com",
  pending_email: null,
  phone: "+79123456789",
  esia_linked: false,
  has_password: true,
  primary_account_id: ACCOUNT,
  unread_notices: 1,
  cart_count: 0,
};

const features = ["payments", "requests", "notices", "paperless"];
export const bindings = [
  {
    account_id: ACCOUNT,
    number: "1234567899",
    address: "УЛ. КЫШТЫМСКАЯ, 10 - 1010",
    supplier_name: "ООО «УК Тест»",
    primary: true,
    paperless: "off",
    features,
    mailings: { receipts: false, reminders: true, notices: false },
  },
  {
    account_id: "water:5000000017",
    number: "5000000017",
    address: "УЛ. КЫШТЫМСКАЯ, 10 - 1010",
    supplier_name: "АО «Водоканал»",
    primary: false,
    paperless: "unavailable",
    features: ["payments"],
    mailings: { receipts: false, reminders: false, notices: false },
  },
];

export const summary = {
  account: {
    account_id: ACCOUNT,
    number: "1234567899",
    address: "УЛ. КЫШТЫМСКАЯ, 10 - 1010",
    supplier_name: "ООО «УК Тест»",
  },
  receipts: [
    {
      receipt_id: "2019-09.u",
      title: "Квитанция Объединённая за СЕНТЯБРЬ 2019",
      period: "2019-09",
      debt: sums(277992),
      paid: sums(0),
      charged: sums(51316),
      total: sums(329308),
      preliminary: { period: "2019-10", ...sums(23522) },
      payable_with_preliminary: sums(352830),
      document_id: "d-2019-09",
      can_pay: true,
      pay_by: "2019-10-10",
      unaccounted: 100000,
      left: 229308,
      left_with_preliminary: 252830,
    },
    {
      receipt_id: "2019-09.v",
      title: "Квитанция ХВС и ВО за СЕНТЯБРЬ 2019",
      period: "2019-09",
      debt: sums(-10000),
      paid: sums(48528),
      charged: sums(53920),
      total: sums(-4608),
      preliminary: null,
      payable_with_preliminary: sums(-4608),
      document_id: "d-2019-09v",
      can_pay: true,
      pay_by: "2019-10-10",
      unaccounted: 0,
      left: 0,
      left_with_preliminary: 0,
    },
  ],
  unaccounted_payments: [{ paid_at: "2019-10-02T10:00:00+05:00", amount: 100000 }],
};

const AUGUST = [
  ["Содержание и ремонт", 263351, -263351, 263351, 263351, "22,94 руб/м2", "", "114.8 м2"],
  ["Консьерж", 124826, -124826, 133742, 133742, "11,65 руб/м2", "", "114.8 м2"],
  ["ХВС в целях содержания ОИ", 779, -779, 779, 779, "25,16 руб/м3", "0,0187 м3/м2 ОИ", "0.3098 м3"],
  [
    "Эл/эн в целях содержания ОИ",
    13492,
    -13492,
    13492,
    13492,
    "2,35 руб/кВт*ч",
    "2,7770 кВт*ч/м2 ОИ",
    "57.4139 кВт*ч",
  ],
  ["Взнос В Фонд Капремонта", 94136, -94136, 94136, 94136, "8,20 руб/м2", "", "114.8 м2"],
  ['Обслуж. спец. счета "Кап.ремонт"', 7462, -7462, 7462, 7462, "0,65 руб/м2", "", "114.8 м2"],
  ["Пеня: Взнос В Фонд Капремонта", -1462, 0, 0, 0],
  ["Во При Сои", 565, -565, 565, 565, "18,24 руб/м3", "0,0187 м3/м2 ОИ", "0.3098 м3"],
];
const title = "Квитанция Объединённая за АВГУСТ 2020";
const steps = { period: "2020-08", previous_period: "2020-07", next_period: null };

export const services = {
  ...steps,
  receipts: [
    {
      title,
      lines: AUGUST.map(([service, debt, paid, charged, total]) => ({ service, debt, paid, charged, total })),
      total: { debt: 503149, paid: -504611, charged: 513527, total: 513527 },
    },
  ],
};

export const charges = {
  ...steps,
  receipts: [
    {
      title,
      lines: AUGUST.filter((line) => line[5]).map(([service, , , amount, , tariff, norm, volume]) => ({
        service,
        operation: "начисление",
        tariff,
        norm,
        volume,
        volume_kind: norm ? "common" : null,
        calculation_period: "Август 2020",
        grounds: "",
        amount,
      })),
      total: 513527,
    },
  ],
};

export const payments = [
  ["08.11.2012", null, -108236],
  ["08.10.2012", "2012-11-01", -108236],
  ["10.09.2012", "2012-11-01", -103766],
  ["06.08.2012", "2012-11-01", -103764],
  ["06.07.2012", "2012-11-01", -94466],
].map(([day, processed_on, amount]) => ({
  kind: 'оплата "Город"',
  received_on: day.split(".").reverse().join("-"),
  processed_on,
  amount,
  status: processed_on ? "accounted" : "unaccounted",
}));

export const meters = [
  ["34230774", "ГВС С/У", "2018-04-09", "2024-02-13", "2.000"],
  ["26616450", "ХВС С/У", "2016-08-19", "2027-07-01", "6.000"],
  ["757260", "Электроэнергия", "2016-08-19", "2030-07-01", "180"],
].map(([number, service, installed_on, verify_until, average_6_months]) => ({
  meter_id: number,
  number,
  service,
  place: "С/У",
  installed_on,
  verify_until,
  calculated_from: installed_on,
  calculated_to: null,
  removal_reason: null,
  average_6_months,
  zones: [{ zone: "T1", title: "", last_value: "100.50", last_taken_on: "2026-10-20" }],
  last_reading: "0.00",
}));

export const readingsForm = {
  window: {
    today: "2026-11-20",
    opens_on: "2026-11-15",
    closes_on: "2026-11-25",
    open: true,
    note: "Показания за ноябрь принимаются с 15 по 25 число.",
  },
  meters: meters.map((meter, index) => ({
    meter_id: meter.meter_id,
    number: meter.number,
    service: meter.service,
    place: meter.place,
    verify_until: meter.verify_until,
    average_6_months: meter.average_6_months,
    zones:
      index === 2
        ? [
            { zone: "T1", title: "Т1 (день)", last_value: "1204.5", last_taken_on: "2026-10-20" },
            { zone: "T2", title: "Т2 (ночь)", last_value: "804", last_taken_on: "2026-10-20" },
          ]
        : [{ zone: "T1", title: "", last_value: "100.50", last_taken_on: "2026-10-20" }],
    accepts: index !== 0,
    refusal: index === 0 ? "Срок поверки истёк 13.02.2024. Обратитесь в управляющую организацию." : null,
  })),
};

export const meterReadings = [
  { accounted_on: "2026-10-25", taken_on: "2026-10-20", source: "subscriber", zone: "T1", value: "100.50" },
  { accounted_on: "2012-03-01", taken_on: "2012-03-01", source: "initial", zone: "T1", value: "0.00" },
];

export const documents = [
  { document_id: "d-2019-09", title: "Квитанция Объединённая за СЕНТЯБРЬ 2019", issued_on: "2019-09-28" },
  { document_id: "d-2019-08", title: "Квитанция Объединённая за АВГУСТ 2019", issued_on: "2019-08-30" },
];

export const consumption = {
  meters: meters.slice(0, 2).map((meter, m) => ({
    meter_id: meter.meter_id,
    service: meter.service,
    unit: "м³",
    points: Array.from({ length: 24 }, (_one, index) => ({
      period: `${2024 + Math.floor((index + 10) / 12)}-${String(((index + 10) % 12) + 1).padStart(2, "0")}`,
      volume: (2 + m * 3 + Math.abs(Math.sin(index * 1.7)) * 3).toFixed(3),
    })),
  })),
};

export const cartItems = AUGUST.filter((line) => line[4] > 0).map(([service, , , , amount], index) => ({
  item_id: `i${index}`,
  service,
  amount,
  due: amount,
  paid: 0,
  limit: amount * 3,
  stale: false,
}));

export const requestKinds = [
  { kind: "emergency", title: "Аварийная заявка", services: [], phone: "+7 (351) 000-00-00" },
  { kind: "complaint", title: "Жалоба", services: [] },
  { kind: "appeal", title: "Обращение", services: [] },
  {
    kind: "paid_service",
    title: "Платные услуги",
    services: [
      { code: "meter", title: "Замена счетчика воды", price: 150000 },
      { code: "tap", title: "Установка смесителя", price: 90000 },
    ],
  },
];

export const requests = [
  {
    request_id: "r1",
    number: "2026-000017",
    kind: "appeal",
    text: "Прошу проверить начисление за отопление.",
    status: "answered",
    created_at: "2026-11-02T09:15:00+05:00",
    attachments: [],
    dispatcher_phone: null,
    replies: [
      {
        at: "2026-11-03T12:00:00+05:00",
        text: "Перерасчёт выполнен, сумма будет в следующей квитанции.",
        attachments: [],
      },
    ],
  },
];

export const notices = [
  {
    notice_id: "n1",
    account_id: null,
    kind: "planned",
    valid_from: "2026-06-01T08:00:00+05:00",
    valid_until: "2026-06-10T18:00:00+05:00",
    ended_at: null,
    title: "Отключение горячей воды",
    text: "С 1 по 10 июня горячая вода будет отключена: гидравлические испытания.\nПриносим извинения.",
    published_at: "2026-11-20T08:00:00+05:00",
    read: false,
  },
  {
    notice_id: "n2",
    account_id: null,
    kind: "common",
    valid_from: null,
    valid_until: null,
    ended_at: null,
    title: "Новые тарифы",
    text: "Тарифы изменятся с 1 июля.",
    published_at: "2026-10-01T08:00:00+05:00",
    read: true,
  },
];

export const devices = [
  {
    session_id: "s1",
    created_at: "2026-11-22T08:00:00Z",
    seen_at: "2026-11-22T08:30:00Z",
    user_agent: "Mozilla/5.0 (X11; Linux) Chrome/140",
    current: true,
  },
  {
    session_id: "s2",
    created_at: "2026-11-20T08:00:00Z",
    seen_at: "2026-11-21T18:30:00Z",
    user_agent: "Mozilla/5.0 (Linux; Android 9) Chrome/120",
    current: false,
  },
];

export const testers = ["1234567899", "1234567820", "1234567821", "1234567802"].map((number) => ({
  account_id: `demo:${number}`,
  number,
  house: "10",
  flat: "1010",
  surname: "Кузнецова",
}));

const links = ["/activate", "/reset-password", "/confirm-email"]
  .map((path) => `${path}?token=sample`)
  .join(" ");
export const mail = {
  items: [{ to: "subscriber@example.com", subject: "", text: links, html: "", attachments: [], at: "" }],
};
