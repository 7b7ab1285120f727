/** The copy of the page in this browser, which starts without a network. Adapter: platform/offline (a service worker). */
export interface PageUpdates {
  /** Calls when a newer copy of the page is here and waits for consent; returns the unsubscriber. */
  onNewer(listener: () => void): () => void;
  /** Uses the newer copy from now on and loads it; tabs that are open keep running what they run. */
  useNewer(): Promise<void>;
}
