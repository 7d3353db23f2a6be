// Whether a browser is the one within an app, which opens links without leaving the app.
const MARKS =
  /; wv\)|\b(FBAN|FBAV|FB_IAB|Instagram|Barcelona|Line\/|MicroMessenger|KAKAOTALK|Snapchat|musical_ly|BytedanceWebview|LinkedInApp|Pinterest|Twitter for|Viber|Zalo)/;

/**
 * Whether this is the user agent of an in-app browser. Many of these have a microphone only in name, and refuse it
 * without asking; some allow it.
 */
export function isInApp(userAgent) {
  return MARKS.test(userAgent);
}
