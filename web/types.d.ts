// Declarations of the page for the type checker; no browser reads this file.

// Types of elements are known only to the templates, so look-ups by id or selector are `any`.
interface Document {
  // deno-lint-ignore no-explicit-any
  getElementById(id: string): any;
}
interface ParentNode {
  // deno-lint-ignore no-explicit-any
  querySelector(selector: string): any;
  // deno-lint-ignore no-explicit-any
  querySelectorAll(selector: string): NodeListOf<any>;
}
interface Element {
  // deno-lint-ignore no-explicit-any
  closest(selector: string): any;
}

/** The events of our modules, and the events of htmx that they handle. */
interface DocumentEventMap {
  "circle:device": CustomEvent<"microphone" | "camera" | "speaker">;
  "circle:level": CustomEvent<Float32Array>;
  "circle:mark": CustomEvent<number>;
  "circle:opened": CustomEvent;
  // deno-lint-ignore no-explicit-any
  "circle:said": CustomEvent<any>;
  // deno-lint-ignore no-explicit-any
  "htmx:ws:before:connection": CustomEvent<any>;
  // deno-lint-ignore no-explicit-any
  "htmx:ws:before:message:incoming": CustomEvent<any>;
  // deno-lint-ignore no-explicit-any
  "htmx:ws:before:message:outgoing": CustomEvent<any>;
  // deno-lint-ignore no-explicit-any
  "htmx:ws:close": CustomEvent<any>;
  // deno-lint-ignore no-explicit-any
  "htmx:ws:error": CustomEvent<any>;
}

// deno-lint-ignore no-explicit-any
declare const htmx: any;

// Newer than the checker's library.
declare const documentPictureInPicture: {
  requestWindow(size: { width: number; height: number }): Promise<Window & typeof globalThis>;
};
interface AudioContext {
  setSinkId?(id: string): Promise<void>;
}
interface Navigator {
  connection?: EventTarget;
}
