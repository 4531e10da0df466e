import type { Caller } from '../types';

type Done = (result: Record<string, unknown> | null) => void;

interface Reference {
  fields(wanted: Record<string, boolean>, done?: Done): Query;
}
interface Query {
  in(component: Caller): Query;
  select(selector: string): Reference;
}

/** The framework's query, which knows no `node: true`: that is the native node of a canvas. */
export function selectorQuery(within: Caller | undefined): unknown {
  const query = within?.createSelectorQuery() as Query | undefined;
  if (!query) return undefined;
  let component = within;
  const { in: enter, select } = query;
  query.in = (next) => {
    component = next;
    return enter.call(query, next);
  };
  query.select = (selector) => {
    const reference = select.call(query, selector);
    const { fields } = reference;
    reference.fields = (wanted, done = () => {}) =>
      fields.call(reference, wanted, (result) => {
        if (result && wanted['node']) result['node'] = nodeOf(component, selector);
        done(result);
      });
    return reference;
  };
  return query;
}

function nodeOf(component: Caller | undefined, selector: string): unknown {
  const found = component?._$.getShadowRoot()?.querySelector(selector) as
    { getMethodCaller?: () => unknown } | null | undefined;
  return (found?.getMethodCaller?.() as { node?: () => unknown } | undefined)?.node?.() ?? null;
}
