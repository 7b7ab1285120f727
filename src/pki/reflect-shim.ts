/**
 * The three Reflect metadata functions that @peculiar/x509's container asks for at import. Must be imported before
 * it. Knows nothing of certificates.
 */
type MetadataReflect = Record<'defineMetadata' | 'getOwnMetadata' | 'getMetadata', unknown>;

const store = new WeakMap<object, Map<unknown, unknown>>();
const getMetadata = (key: unknown, target: object): unknown => store.get(target)?.get(key);
const defineMetadata = (key: unknown, value: unknown, target: object): void => {
  store.set(target, (store.get(target) ?? new Map<unknown, unknown>()).set(key, value));
};
Object.assign(Reflect, {
  defineMetadata,
  getOwnMetadata: getMetadata,
  getMetadata,
} satisfies MetadataReflect);
