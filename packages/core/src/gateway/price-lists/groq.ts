/** What Groq asks; how to read it stands in `../price-list.ts`. */
export const groqPrices = `
llama-3.3-70b-versatile                       standard  .59     - - - .79 128000  32768 lacks=images,json_schema
meta-llama/llama-4-maverick-17b-128e-instruct standard   .2     - - -  .6 131072   8192
openai/gpt-oss-120b                           standard  .15  .075 - -  .6 131072  32766 lacks=images
llama-3.1-8b-instant                          economy   .05     - - - .08 128000   8192 lacks=images,json_schema
meta-llama/llama-4-scout-17b-16e-instruct     economy   .11     - - - .34 131072   8192
openai/gpt-oss-20b                            economy  .075 .0375 - -  .3 131072  32768 lacks=images
meta-llama/llama-guard-4-12b                  -          .2     - - -  .2   8192   8192 lacks=images,tools,json_schema
moonshotai/kimi-k2-instruct-0905              -           1    .5 - -   3 262144  16384 lacks=images
openai/gpt-oss-safeguard-20b                  -        .075  .037 - -  .3 131072  65536 lacks=images
qwen/qwen3-32b                                -         .29     - - - .59 131000 131000 lacks=images,json_schema
`
