import { type Fence, fencesOf } from '../../devkit/docs/fences';
import { DOCUMENTS, read } from './documents';

export interface Snippet extends Fence {
  /** The document and the line, for messages. */
  at: string;
}

/** Documents whose code is made from the sources: those are held to the compiler already. */
const GENERATED = /^docs\/api\//;

export const SNIPPETS: readonly Snippet[] = DOCUMENTS.filter((document) => !GENERATED.test(document)).flatMap(
  (document) => fencesOf(read(document)).map((fence) => ({ ...fence, at: `${document}:${fence.line}` })),
);
