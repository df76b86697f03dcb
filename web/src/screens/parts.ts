// The two parts of the site that are loaded after the first paint.
import { later } from "../shell/later";

export const open = later(() => import("./without-account"));
export const cabinet = later(() => import("./cabinet"));
