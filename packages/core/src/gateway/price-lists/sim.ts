/** The simulator's models: no key, no network, fixed prices, so that costs and savings can be tried. */
export const simPrices = `
echo  -       .1 .05 - - .4 128000 16384
fast  economy .1 .05 - - .4 128000 16384
smart premium  2   1 - -  8 128000 16384
tools -       .1 .05 - - .4 128000 16384
flaky -       .1 .05 - - .4 128000 16384
slow  -       .1 .05 - - .4 128000 16384
fault -       .1 .05 - - .4 128000 16384
embed - .02 - - - 0 8192 - embeddings
embed-large - .13 - - - 0 8192 - embeddings
`
