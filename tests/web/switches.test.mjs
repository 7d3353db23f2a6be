// Whether my microphone and camera are on: in the room, and on a page whose line is down.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSwitches } from "../../web/static/voice/switches.js";

const SITS = { mic: false, mutedByFacilitator: false, camera: false, speaks: true };

/** The room of one person, the line to it, and the switches of their page. */
function atPage(is = {}) {
  const page = { ms: 0, isUp: true, sent: [], room: { ...SITS, ...is } };
  const effects = {
    mute: () => ({ mic: false }),
    unmute: () => ({ mic: true, mutedByFacilitator: false }),
    camera: ({ on }) => ({ camera: on }),
  };
  page.command = (command) => {
    if (page.isUp) {
      page.sent.push(command);
      page.room = { ...page.room, ...effects[command.do](command) };
    }
    return page.isUp;
  };
  const looks = () => page.switches.mine();
  page.switches = createSwitches(() => page.room, page.command, looks, () => page.ms);
  return page;
}

test("a press goes to the room and comes back", () => {
  const { switches, sent } = atPage();
  assert.equal(switches.turnOn("microphone"), true);
  assert.equal(switches.turnOn("camera"), true);
  assert.deepEqual([switches.mine().mic, switches.mine().camera], [true, true]);
  switches.turnOff("microphone");
  switches.turnOff("camera");
  assert.deepEqual([switches.mine().mic, switches.mine().camera], [false, false]);
  assert.deepEqual(sent.map((command) => command.do), ["unmute", "camera", "mute", "camera"]);
});

test("off takes effect while the line is down, and the room gets it later", () => {
  const page = atPage({ mic: true, camera: true });
  page.isUp = false;
  page.switches.turnOff("microphone");
  assert.deepEqual([page.switches.mine().mic, page.switches.mine().camera], [false, true]);
  assert.equal(page.switches.isOn("microphone"), false);
  page.isUp = true;
  assert.deepEqual(page.switches.missed(), [{ do: "mute" }]);
  for (const command of page.switches.missed()) page.command(command);
  page.switches.mine();
  assert.deepEqual(page.switches.missed(), []);
  assert.equal(page.room.mic, false);
});

test("off that has reached the room before its answer was lost is not sent again", () => {
  const page = atPage({ mic: true, camera: true });
  page.isUp = false;
  page.switches.turnOff("microphone");
  page.room = { ...page.room, mic: false };
  assert.deepEqual(page.switches.missed(), []);
});

test("what was switched off while the line is down can be switched on again", () => {
  const page = atPage({ mic: true });
  page.isUp = false;
  page.switches.turnOff("microphone");
  assert.equal(page.switches.turnOn("microphone"), true);
  assert.equal(page.switches.mine().mic, true);
  assert.deepEqual(page.switches.missed(), []);
});

test("nothing is switched on but by the room", () => {
  const page = atPage();
  page.isUp = false;
  assert.equal(page.switches.turnOn("microphone"), false);
  assert.equal(page.switches.turnOn("camera"), false);
  assert.equal(page.switches.isOn("microphone"), false);
  assert.equal(page.switches.awaitsCamera(false), false);
});

test("a faulty microphone is muted in the room and comes back by itself", () => {
  const { switches, sent } = atPage({ mic: true });
  switches.hold();
  switches.hold(); // a second fault
  assert.deepEqual([switches.mine().mic, switches.held, switches.isOn("microphone")], [false, true, true]);
  assert.equal(switches.comeBack(), true);
  assert.deepEqual([switches.mine().mic, switches.held], [true, false]);
  assert.deepEqual(sent, [{ do: "mute" }, { do: "unmute" }]);
});

test("an observer has no microphone to come back", () => {
  const page = atPage({ mic: true });
  page.switches.hold();
  page.room = { ...page.room, speaks: false };
  page.switches.mine();
  assert.equal(page.switches.comeBack(), false);
  assert.deepEqual(page.sent.map((command) => command.do), ["mute"]);
});

test("a microphone that was off before its fault stays off after it", () => {
  const { switches } = atPage();
  switches.hold();
  assert.equal(switches.comeBack(), false);
  assert.equal(switches.mine().mic, false);
});

test("a microphone whose fault ends while the line is down comes back with the line", () => {
  const page = atPage({ mic: true });
  page.switches.hold();
  page.isUp = false;
  assert.equal(page.switches.comeBack(), false);
  assert.equal(page.switches.held, true);
  page.isUp = true;
  assert.equal(page.switches.comeBack(), true);
});

test("a person whom a facilitator has muted, or who has muted themself, stays muted after a fault", () => {
  const muted = atPage({ mic: true });
  muted.switches.hold();
  muted.room = { ...muted.room, mutedByFacilitator: true };
  muted.switches.mine();
  assert.equal(muted.switches.comeBack(), false);
  for (const act of ["forget", "leave"]) {
    const { switches } = atPage({ mic: true });
    switches.hold();
    switches[act]();
    assert.equal(switches.comeBack(), false);
    assert.equal(switches.isOn("microphone"), false);
  }
});

test("a page that inherits the sound has microphone and camera off until they are switched on", () => {
  const { switches } = atPage({ mic: true, camera: true });
  switches.inherit();
  assert.deepEqual([switches.mine().mic, switches.mine().camera, switches.inherits], [false, false, true]);
  switches.turnOn("camera");
  assert.equal(switches.inherits, true);
  switches.turnOn("microphone");
  assert.equal(switches.inherits, false);
});

test("the camera is awaited until the room confirms it, or for three seconds", () => {
  const page = atPage();
  page.switches.turnOn("camera");
  page.ms += 2_999;
  assert.equal(page.switches.awaitsCamera(false), true);
  page.ms += 1;
  assert.equal(page.switches.awaitsCamera(false), false);
  page.switches.turnOn("camera");
  assert.equal(page.switches.awaitsCamera(true), false);
  assert.equal(page.switches.awaitsCamera(false), false);
});
