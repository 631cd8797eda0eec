/** What xAI asks; how to read it stands in `../price-list.ts`. */
export const xaiPrices = `
grok-4.6                                         premium     2   .5 - -   6  500000  500000 above199999=4/1/-/-/12
grok-4.5                                         premium     2   .3 - -   6  500000  500000 above199999=4/.6/-/-/12
grok-4.3                                         standard 1.25   .2 - - 2.5 1000000 1000000 above199999=2.5/.4/-/-/5
grok-4.20                                        -        1.25   .2 - - 2.5 1000000 1000000 above199999=2.5/.4/-/-/5
grok-4.20-multi-agent                            -           2   .2 - -   6 1000000 1000000
grok-build-0.1                                   -           1   .2 - -   2  256000  256000 above199999=2/.4/-/-/4
grok-2,grok-2-1212                               -           2    - - -  10  131072  131072 lacks=images,json_schema
grok-2-vision-1212                               -           2    - - -  10   32768   32768 retired=2026-02-28 lacks=json_schema
grok-3                                           -           3  .75 - -  15  131072  131072 retired=2026-05-15 lacks=images,json_schema
grok-3-fast-latest                               -           5 1.25 - -  25  131072  131072 lacks=images,json_schema
grok-3-mini                                      -          .3 .075 - -  .5  131072  131072 retired=2026-02-28 lacks=images,json_schema
grok-3-mini-fast                                 -          .6  .15 - -   4  131072  131072 lacks=images,json_schema
grok-4                                           -           3  .75 - -  15  256000  256000 lacks=images,json_schema
grok-4-fast-reasoning,grok-4-fast-non-reasoning  -          .2  .05 - -  .5 2000000 2000000 above128k=.4/.1/-/-/1 retired=2026-05-15 lacks=images,json_schema
grok-4-0709                                      -           3  .75 - -  15  256000  256000 above128k=6/1.5/-/-/30 retired=2026-05-15 lacks=images,json_schema
grok-4-1-fast                                    -          .2  .05 - -  .5 2000000 2000000 above128k=.4/.1/-/-/1
grok-4-1-fast-reasoning,grok-4-1-fast-non-reasoning -          .2  .05 - -  .5 2000000 2000000 above128k=.4/.1/-/-/1 retired=2026-05-15
grok-4.20-0309-reasoning                         -           2   .2 - -   6 2000000 2000000 lacks=json_schema
grok-code-fast                                   -          .2  .02 - - 1.5  256000  256000 lacks=images,json_schema
grok-code-fast-1,grok-code-fast-1-0825           -          .2  .02 - - 1.5  256000  256000 retired=2026-05-15 lacks=images,json_schema
`
