/** What a page asks of others, and what it complains about: both must stay empty. */
import type { Page } from '@playwright/test';

export interface Watch {
  /** Addresses outside `origin` that the page asked for. */
  readonly foreign: string[];
  /** Uncaught errors and errors on the console; a broken Content Security Policy is among them. */
  readonly complaints: string[];
}

/** Watches from now on, over reloads and further documents of the page. */
export function watch(page: Page, origin: string): Watch {
  const foreign: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'blob:' && url.protocol !== 'data:')
      foreign.push(request.url());
  });
  page.on('websocket', (socket) => foreign.push(socket.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { foreign, complaints };
}
