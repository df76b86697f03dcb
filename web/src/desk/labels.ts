// What roles, kinds and statuses are called at the desk.
import type { RequestStatus, Role } from "./types";

export const ROLES: Record<Role, string> = {
  operator: "оператор",
  accountant: "бухгалтер",
  engineer: "инженер",
  owner: "владелец",
};

export const STATUSES: Record<RequestStatus, string> = {
  new: "новая",
  in_progress: "в работе",
  waiting: "ждём ответа жителя",
  answered: "дан ответ",
  done: "выполнена",
  rejected: "отклонена",
};

export const KINDS = {
  emergency: "Аварийная заявка",
  complaint: "Жалоба",
  appeal: "Обращение",
  paid_service: "Платные услуги",
} as const;

export const NOTICE_KINDS = {
  common: "Уведомление",
  planned: "Плановые работы",
  emergency: "Авария",
} as const;

/** «1240», «не меньше 61240», or null if they were not counted. */
export function recipientsCount(counted: { recipients: number; is_fully_counted: boolean }): string | null {
  if (!counted.recipients) return null;
  return counted.is_fully_counted ? String(counted.recipients) : `не меньше ${counted.recipients}`;
}

export const PLACES = {
  houses: "Дома",
  entrance: "Подъезд",
  accounts: "Лицевые счета по списку",
  supplier: "Все лицевые счета организации",
} as const;
