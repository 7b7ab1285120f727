/** Non-extractable keys that the browser keeps for projects without a passphrase. Adapter: platform/storage. */
export interface BrowserKeyStore {
  load(keyId: string): Promise<CryptoKey | null>;
  /** Throws storage.conflict when a key with this id is kept already: keys are never replaced. */
  keep(keyId: string, key: CryptoKey): Promise<void>;
  forget(keyId: string): Promise<void>;
}
