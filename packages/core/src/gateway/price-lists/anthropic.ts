/** What Anthropic asks; how to read it stands in `../price-list.ts`. */
export const anthropicPrices = `
claude-opus-5-5                                  premium    4  .2     5   8   20 1000000 128000 batch=.5 search=.01
claude-opus-4-5,claude-4-5-opus*                 premium    5  .5  6.25  10   25  200000  64000 batch=.5 search=.01
claude-opus-4-6                                  premium    5  .5  6.25  10   25 1000000 128000 batch=.5 search=.01
claude-opus-4-7                                  premium    5  .5  6.25  10   25 1000000 128000 batch=.5 search=.01
claude-opus-5                                    premium    5  .5  6.25  10   25 1000000 128000 batch=.5 search=.01
claude-opus-4-8                                  premium    5  .5  6.25  10   25 1000000 128000 batch=.5 search=.01
claude-sonnet-4-5,claude-4-5-sonnet*             standard   3  .3  3.75   6   15  200000  64000 above200k=6/.6/7.5/12/22.5 batch=.5 search=.01
claude-sonnet-5                                  standard   2  .2   2.5   4   10 1000000 128000 batch=.5 search=.01
claude-sonnet-4-6                                standard   3  .3  3.75   6   15 1000000  64000 batch=.5 search=.01
claude-haiku-4-5                                 economy    1  .1  1.25   2    5  200000  64000 batch=.5 search=.01
claude-fable-5-1                                 -         10 .25  12.5  20   50 1000000 128000 batch=.5 search=.01
claude-3-7-sonnet*                               -          3  .3  3.75   6   15  200000  64000 batch=.5 search=.01 retired=2026-02-19
claude-3-haiku-20240307                          -        .25 .03    .3  .5 1.25  200000   4096 batch=.5
claude-3-opus-20240229                           -         15 1.5 18.75  30   75  200000   4096 batch=.5 retired=2026-05-01
claude-opus-4-1                                  -         15 1.5 18.75  30   75  200000  32000 batch=.5 search=.01
claude-opus-4-20250514,claude-opus-4-0,claude-opus-4,claude-4-opus* -         15 1.5 18.75  30   75  200000  32000 batch=.5 search=.01 retired=2026-05-14
claude-fable-5                                   -         10   1  12.5  20   50 1000000 128000 batch=.5 search=.01
claude-sonnet-4-20250514,claude-sonnet-4-0,claude-sonnet-4,claude-4-sonnet* -          3  .3  3.75   6   15 1000000  64000 above200k=6/.6/7.5/12/22.5 batch=.5 search=.01 retired=2026-05-14
claude-3-5-sonnet*                               -          3  .3  3.75   6   15  200000   8192 batch=.5 search=.01 retired=2025-10-28
claude-3-5-haiku*                                -         .8 .08     1 1.6    4  200000   8192 batch=.5 search=.01 retired=2026-02-19
claude-3-sonnet*                                 -          3  .3  3.75   6   15  200000   4096 batch=.5 retired=2025-07-21 lacks=json_schema
`
