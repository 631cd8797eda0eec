/** What Cohere asks; how to read it stands in `../price-list.ts`. */
export const coherePrices = `
command-a-03-2025                                standard   2.5 - - -  10 256000 8000 lacks=images,json_schema
command-r7b-12-2024                              economy  .0375 - - - .15 128000 4096 lacks=images,json_schema
embed-v4.0                                       -          .12 - - -   0 128000    - embeddings
command-r,command-r-08-2024                      -          .15 - - -  .6 128000 4096 lacks=images,json_schema
command-r-plus,command-r-plus-08-2024            -          2.5 - - -  10 128000 4096 lacks=images,json_schema
embed-english-light-v3.0,embed-english-v3.0,embed-multilingual-v3.0,embed-multilingual-light-v3.0 -           .1 - - -   0   1024    - embeddings
`
