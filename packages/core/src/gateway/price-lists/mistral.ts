/** What Mistral asks; how to read it stands in `../price-list.ts`. */
export const mistralPrices = `
mistral-medium-3-5                               premium  1.5  .15 - - 7.5 262144 262144
mistral-large-2512                               standard  .5  .05 - - 1.5 262144 262144
mistral-small-2603                               economy  .15 .015 - -  .6 262144 262144
ministral-8b-2512                                economy  .15 .015 - - .15 262144 262144
ministral-14b-2512,ministral-3-14b-2512          -         .2  .02 - -  .2 262144 262144
ministral-3b-2512,ministral-3-3b-2512            -         .1  .01 - -  .1 131072 131072
mistral-saba                                     -         .2    - - -  .6  32000  32000 lacks=images
codestral-2405                                   -          1    - - -   3  32000   8191 lacks=images,tools
codestral-2508,codestral-latest                  -         .3  .03 - -  .9 256000 256000 lacks=images
devstral-medium-2507                             -         .4    - - -   2 128000 128000 lacks=images
devstral-small-2505,devstral-small-2507          -         .1    - - -  .3 128000 128000 lacks=images
devstral-small-latest,labs-devstral-small-2512   -         .1    - - -  .3 256000 256000 lacks=images
devstral-latest,devstral-medium-latest,devstral-2512 -         .4  .04 - -   2 256000 256000 lacks=images
magistral-medium-2506,magistral-medium-2509,magistral-medium-latest -          2    - - -   5  40000  40000 lacks=images
magistral-small-2506,magistral-small-latest      -         .5    - - - 1.5  40000  40000 lacks=images
mistral-embed                                    -         .1    - - -   0   8192      - embeddings
codestral-embed,codestral-embed-2505             -        .15    - - -   0   8192      - embeddings
mistral-large-2402                               -          4    - - -  12  32000   8191 lacks=images
mistral-large-2407                               -          3    - - -   9 128000 128000 lacks=images
mistral-large-2411                               -          2    - - -   6 128000 128000 lacks=images
mistral-large-latest,mistral-large-3             -         .5  .05 - - 1.5 262144 262144
mistral-medium,mistral-medium-2508               -         .4  .04 - -   2 131072 131072
mistral-medium-2505                              -         .4  .04 - -   2 131072   8191 lacks=images
mistral-medium-2604,mistral-medium-latest        -        1.5  .15 - - 7.5 262144 262144
mistral-small-latest,mistral-small-3-2-2506      -        .06    - - - .18 131072 131072
ministral-3-8b-2512,ministral-8b-latest          -        .15 .015 - - .15 262144 262144
pixtral-12b-2409                                 -        .15    - - - .15 128000 128000
pixtral-large-2411,pixtral-large-latest          -          2    - - -   6 128000 128000
`
