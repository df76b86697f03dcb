// How billing found a volume, in the manual's words.
export const VOLUME_KINDS = {
  meter: "по прибору учета",
  norm: "по нормативу",
  average: "по среднему потреблению",
  common: "на содержание общего имущества",
} as const;
