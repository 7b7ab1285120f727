/**
 * The first thing that runs: shows the welcome at once to somebody who has nothing here, and fetches the page itself
 * (page.ts) for everybody else, or as soon as it is wanted.
 */
import { mount, unmount } from 'svelte';
import { missingSerial } from './platform/serial/serial-support.ts';
import FirstVisit from './ui/FirstVisit.svelte';
import './ui/tokens.css';

const target = document.getElementById('app') ?? document.body;

/** True when this browser holds no project database of ours; asking does not create one. */
async function isFirstVisit(): Promise<boolean> {
  try {
    return !(await indexedDB.databases()).some(({ name }) => name === 'signet');
  } catch {
    return false;
  }
}

async function open(first: 'form' | 'place', leave?: () => void): Promise<void> {
  const { openPage } = await import('./page.ts');
  await openPage(target, first, leave);
}

async function start(): Promise<void> {
  if (window.location.hash !== '' || !(await isFirstVisit())) {
    await open('place');
    return;
  }
  const welcome = mount(FirstVisit, {
    target,
    props: {
      missing: missingSerial(window),
      onOpen: (first: 'form' | 'place') => open(first, () => void unmount(welcome)),
    },
  });
}

// Not awaited here: the page's chunks import this one and would wait for it for ever.
void start();
