/** What Google asks; how to read it stands in `../price-list.ts`. */
export const googlePrices = `
gemini-2.5-pro                                   premium   1.25   .125 - -   10 1048576 65535 above200k=2.5/.25/-/-/15 batch=.5 search=.035/request
gemini-3.1-pro-preview                           premium      2     .2 - -   12 1048576 65536 above200k=4/.4/-/-/18 batch=.5 priority=1.8 search=.014
gemini-3.8-flash                                 standard   .75   .075 - - 3.75 1048576 65536 batch=.5 flex=.5 search=.014
gemini-3.8-flash                                 standard   1.5    .15 - -  7.5 1048576 65536 batch=.5 flex=.5 search=.014 from=2027-01-01
gemini-3.7-flash                                 standard   .75   .075 - - 3.75 1048576 65536 batch=.5 flex=.5 search=.014
gemini-3.7-flash                                 standard   1.5    .15 - -  7.5 1048576 65536 batch=.5 flex=.5 search=.014 from=2027-01-01
gemini-3-flash-preview                           standard    .5    .05 - -    3 1048576 65535 batch=.5 flex=.5 priority=1.8 search=.014
gemini-3.5-flash                                 standard   1.5    .15 - -    9 1048576 65535 batch=.5 flex=.5 priority=1.8 search=.014
gemini-3.6-flash                                 standard   .75   .075 - - 3.75 1048576 65536 batch=.5 flex=.5 priority=1.8 search=.014
gemini-3.6-flash                                 standard   1.5    .15 - -  7.5 1048576 65536 batch=.5 flex=.5 priority=1.8 search=.014 from=2027-01-01
gemini-2.5-flash                                 economy     .3    .03 - -  2.5 1048576 65535 batch=.5 search=.035/request
gemini-2.5-flash-lite                            economy     .1    .01 - -   .4 1048576 65535 batch=.5 search=.035/request
gemini-3.1-flash-lite                            economy    .25   .025 - -  1.5 1048576 65536 batch=.5 flex=.5 priority=1.8 search=.014
gemini-3.5-flash-lite                            economy     .3    .03 - -  2.5 1048576 65536 batch=.5 flex=.5 priority=1.8 search=.014
gemini-embedding-001                             -          .15      - - -    0    2048     - batch=.5 embeddings
gemini-embedding-2-preview,gemini-embedding-2    -           .2      - - -    0    8192     - embeddings
gemini-2.0-flash,gemini-2.0-flash-001            -           .1   .025 - -   .4 1048576  8192 search=.035/request retired=2026-06-01
gemini-2.0-flash-lite,gemini-2.0-flash-lite-001  -         .075 .01875 - -   .3 1048576  8192 search=.035/request retired=2026-06-01
gemini-2.5-flash-lite-preview-09-2025,gemini-flash-lite-latest -           .1    .01 - -   .4 1048576 65535 search=.035/request
gemini-2.5-flash-preview-09-2025,gemini-flash-latest -           .3    .03 - -  2.5 1048576 65535 search=.035/request
gemini-3-pro-preview                             -            2     .2 - -   12 1048576 65535 above200k=4/.4/-/-/18 batch=.5 priority=1.8 search=.014 retired=2026-03-09
gemini-3.1-flash-lite-preview                    -          .25   .025 - -  1.5 1048576 65536 search=.014
gemini-omni-flash-preview                        -          1.5      - - -    9 1048576 65535 lacks=tools,json_schema
gemini-3.1-pro-preview-customtools               -            2     .2 - -   12 1048576 65536 above200k=4/.4/-/-/18 batch=.5 priority=1.8 search=.014
gemini-pro-latest                                -         1.25   .125 - -   10 1048576 65535 above200k=2.5/.25/-/-/15 search=.035/request
gemini-2.5-pro-preview*                          -         1.25   .125 - -   10 1048576 65535 above200k=2.5/.25/-/-/15 search=.035/request retired=2025-12-02
gemini-2.0-flash-exp                             -           .1   .025 - -   .4 1048576  8192 search=.035/request retired=2025-12-09
gemini-1.5-pro*                                  -         1.25  .3125 - -    5 2097152  8192 above128k=2.5/.625/-/-/10 retired=2025-09-24
gemini-1.5-flash-8b*                             -        .0375    .01 - -  .15 1048576  8192 above128k=.075/.02/-/-/.3 retired=2025-09-24
gemini-1.5-flash*                                -         .075 .01875 - -   .3 1048576  8192 above128k=.15/.0375/-/-/.6 retired=2025-09-24
`
