// The two parts of the site that are loaded after the first paint.
import { lazyScreens } from "../shell/lazy";

export const publicScreens = lazyScreens(() => import("./public-screens"));
export const privateScreens = lazyScreens(() => import("./private-screens"));
