/** The rules of the Penn Treebank tokenizer, in their order: what stands apart from a word, and which words are two. */
const rules: [RegExp, string][] = [
  [/^"/g, ' `` '],
  [/([ ([{<])"/g, '$1 `` '],
  [/\.\.\./g, ' ... '],
  [/[;@#$%&]/g, ' $& '],
  [/,(?=\D|$)/g, ' , '],
  [/:(?=\D|$)/g, ' : '],
  // The dot that ends an abbreviation such as U.S. belongs to it, and of several dots none is taken off.
  [/([^.])(?<!\b[A-Za-z]\.[A-Za-z])\.(?=[\])}>"'\s]*$)/g, '$1 . '],
  [/[?!]/g, ' $& '],
  [/[\][(){}<>]/g, ' $& '],
  [/--/g, ' -- '],
  [/"/g, " '' "],
  [/(\S)''/g, "$1 '' "],
  [/([^' ])' /g, "$1 ' "],
  [/([^' ])('s|'m|'d|'ll|'re|'ve|n't)(?=\s|$)/gi, '$1 $2'],
  [/\b(can)(not)\b/gi, '$1 $2'],
  [/\b(d)('ye)\b/gi, '$1 $2'],
  [/\b(gim|lem)(me)\b/gi, '$1 $2'],
  [/\b(gon|wan)(na)\b/gi, '$1 $2'],
  [/\b(got)(ta)\b/gi, '$1 $2'],
  [/\b(more)('n)\b/gi, '$1 $2'],
  [/ ('t)(is|was)\b/gi, ' $1 $2'],
]

/** The words and marks of a sentence, as the Penn Treebank parts them. */
export const treebankTokens = (text: string): string[] =>
  rules
    .reduce((parted, [pattern, replacement]) => parted.replace(pattern, replacement), text.replace(/\s+/g, ' ').trim())
    .match(/\S+/g) ?? []
