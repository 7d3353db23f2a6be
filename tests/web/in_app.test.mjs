// Browsers within apps, by their user agents.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isInApp } from "../../web/static/voice/in_app.js";

const ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

for (
  const agent of [
    `${ANDROID} Build/UQ1A; wv) ${CHROME}`,
    `${ANDROID}) ${CHROME} [FB_IAB/FB4A;FBAV/470.0.0.0;]`,
    `${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.0;FBDV/iPhone14,2]`,
    `${IPHONE} Mobile/15E148 Instagram 335.0.0.0 (iPhone14,2; iOS 17_5; de_DE)`,
    `${IPHONE} Safari Line/14.9.0`,
    `${IPHONE} Mobile/15E148 MicroMessenger/8.0.49(0x1800312b) NetType/WIFI Language/de`,
    `${IPHONE} Mobile/15E148 Safari/604.1 [LinkedInApp]/9.29`,
    `${IPHONE} Mobile/15E148 KAKAOTALK 10.8.0`,
  ]
) {
  test(`it is within an app: ${agent.slice(-60)}`, () => assert.equal(isInApp(agent), true));
}

for (
  const agent of [
    `${ANDROID}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36`,
    `${ANDROID}) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
    "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
    `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`,
    `${IPHONE} CriOS/126.0.0.0 Mobile/15E148 Safari/604.1`,
    `${IPHONE} Mobile/15E148`, // our page on its home screen
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Online/1",
    "",
  ]
) {
  test(`it is a browser of its own: ${agent.slice(-60)}`, () => assert.equal(isInApp(agent), false));
}
