/** A WebSocket that comes back: it authenticates at the handshake, resumes after the last sequence number it saw, and
 * waits longer after each failure. */
import { readToken } from "../api/client";
import { backoff } from "./backoff";

export const PROTOCOL = "quantumflow.v1";
/** Silence after which a connection is given up: the server says something at least every few seconds. */
export const SILENCE_MS_MAX = 20_000;

export interface Heard {
  /** Each message, parsed. */
  message(value: Record<string, unknown>): void;
  /** Open, or not: what is shown may be old. */
  open(isOpen: boolean): void;
}

/** Connects to `path` until `close()`; `resume` gives the query with which a connection goes on, "" at first. */
export class Socket {
  private socket: WebSocket | null = null;
  private tries = 0;
  private timer = 0;
  private silence = 0;
  private closed = false;

  constructor(
    private readonly path: string,
    private readonly heard: Heard,
    private readonly resume: () => string = () => "",
  ) {
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.socket?.close();
  }

  private connect(): void {
    const address = new URL(this.path + this.resume(), location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, [PROTOCOL, `quantumflow.token.${readToken() ?? ""}`]);
    this.socket = socket;
    socket.onopen = () => {
      this.tries = 0;
      this.heard.open(true);
      this.listen();
    };
    socket.onmessage = (event) => {
      this.listen();
      this.heard.message(JSON.parse(String(event.data)) as Record<string, unknown>);
    };
    socket.onclose = () => this.again(socket);
    this.listen();
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => this.socket?.close(), SILENCE_MS_MAX);
  }

  private again(socket: WebSocket): void {
    if (this.closed || socket !== this.socket) return;
    this.heard.open(false);
    clearTimeout(this.silence);
    this.tries += 1;
    this.timer = window.setTimeout(() => this.connect(), backoff(this.tries, Math.random()));
  }
}
