/** What recordings take from the core's FLV code, which the core has anyway. */
export { FlvTagType, createFlvReader } from '../flv/tag-reader';
export type { FlvReader, FlvTag } from '../flv/tag-reader';
export { flvHeader, flvTag } from '../flv/tag-writer';
