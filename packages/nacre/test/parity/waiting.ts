/** Names that have cases but are not there yet. A name that is there must leave this list, and bring its cases. */
export const missing: Readonly<Record<string, string>> = {};

/** Cases that do not agree with PyTorch yet, and why. One that does must leave this list. */
export const waiting: Readonly<Record<string, string>> = {};
