import { createStoreBindings } from 'mobx-miniprogram-bindings';

interface SetDataTarget {
  setData(data: Record<string, unknown>): void;
}

/**
 * Binds fields of a store to a component's data, in `attached`. The returned function unbinds, in `detached`.
 *
 * The bindings collect changes and flush them at the next tick, so one flush may come after the component is gone. The
 * store is therefore not bound to the component itself but to a target that falls silent.
 */
export function bindStore<Store>(
  component: SetDataTarget,
  store: Store,
  fields: Record<string, (store: Store) => unknown>,
): () => void {
  let isBound = true;
  const target: SetDataTarget = {
    setData(data) {
      if (isBound) component.setData(data);
    },
  };
  const bindings = createStoreBindings(target, { store, fields, actions: [] });
  bindings.updateStoreBindings();
  return () => {
    isBound = false;
    bindings.destroyStoreBindings();
  };
}
