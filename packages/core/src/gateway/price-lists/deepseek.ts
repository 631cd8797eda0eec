/** What DeepSeek asks; how to read it stands in `../price-list.ts`. */
export const deepseekPrices = `
deepseek-v4-pro        standard .435 .003625 - -  .87 1000000   8192 lacks=images
deepseek-v4-pro        standard  .66    .022 - - 1.98 1000000   8192 from=2026-08-17 lacks=images
deepseek-v4-flash      economy   .14   .0028 - -  .28 1000000   8192 lacks=images
deepseek-v4-flash      economy   .22    .007 - -  .66 1000000   8192 from=2026-08-17 lacks=images
deepseek-chat          -         .28    .028 - -  .42  131072   8192 lacks=images
deepseek-reasoner      -         .28    .028 - -  .42  131072  65536 lacks=images,tools
deepseek-r1            -         .55     .14 - - 2.19   65536   8192 lacks=images,json_schema
deepseek-v3            -         .27     .07 - -  1.1   65536   8192 lacks=images,json_schema
deepseek-v3.2          -         .28    .028 - -   .4  163840 163840 lacks=images,json_schema
deepseek-v3.1-terminus -         .27     .13 - -  .95  131072  65536 lacks=images
deepseek-v3.2-exp      -         .27       - - -  .41  131072  65536 lacks=images
`
