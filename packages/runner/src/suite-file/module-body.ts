/** A JavaScript module as statements that leave what it exports in `exported`. */
export const moduleText = (text: string, name?: string): string => {
  const code = text.replace(/^export\s+default\s+/m, 'module.exports = ')
  const exported = 'module.exports.default ?? module.exports'
  return `const module = { exports: {} }; const exports = module.exports;
${code}
;const exported = ${name === undefined ? exported : `module.exports[${JSON.stringify(name)}]`};`
}

/** A module as the body of a function: what it exports is called with what it is given. */
export const moduleBody = (text: string, given: string, name?: string): string =>
  `${moduleText(text, name)}
return typeof exported === 'function' ? exported(${given}) : exported`

/** What a module asks for that the sandbox has not; null when it can be tried. */
export const moduleNeeds = (text: string): string | null =>
  /^\s*import\s+(?:[\w*{]|['"])|\bimport\s*\(/m.exec(text)?.[0]?.trim().split(/\s/)[0] ??
  /\brequire\s*\(/.exec(text)?.[0].replace(/\s*\($/, '') ??
  null
