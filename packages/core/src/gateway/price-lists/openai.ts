/** What OpenAI asks; how to read it stands in `../price-list.ts`. */
export const openaiPrices = `
gpt-6-sol                                        premium     2   .2  2.5 -   10 1050000 128000 above271999=4/.4/5/-/15 batch=.5 flex=.5 priority=2 search=.01
gpt-5                                            premium  1.25 .125    - -   10  272000 128000 batch=.5 flex=.5 priority=2 search=.01
gpt-5.1                                          premium  1.25 .125    - -   10  272000 128000 batch=.5 priority=2 search=.01
gpt-5.2                                          premium  1.75 .175    - -   14  272000 128000 batch=.5 priority=2 search=.01
gpt-5.6-sol,gpt-5.6                              premium     5   .5 6.25 -   30 1050000 128000 above271999=10/1/12.5/-/45 batch=.5 flex=.5 priority=2 search=.01
gpt-5.6-sol,gpt-5.6                              premium     4   .4    5 -   20 1050000 128000 above271999=8/.8/10/-/30 batch=.5 flex=.5 priority=2 search=.01 from=2026-08-21
gpt-5.5                                          premium     5   .5    - -   30 1050000 128000 above271999=10/1/-/-/45 batch=.5 flex=.5 priority=2 search=.01
gpt-5.4                                          premium   2.5  .25    - -   15 1050000 128000 above271999=5/.5/-/-/22.5 batch=.5 flex=.5 priority=2 search=.01
o3                                               premium     2   .5    - -    8  200000 100000 batch=.5 flex=.5 priority=1.75 search=.01
gpt-4.1                                          standard    2   .5    - -    8 1047576  32768 batch=.5 priority=1.75 search=.01
gpt-4o                                           standard  2.5 1.25    - -   10  128000  16384 batch=.5 priority=1.7 search=.01
gpt-5.6-terra                                    standard    2   .2  2.5 -   12 1050000 128000 above271999=4/.4/5/-/18 batch=.5 flex=.5 priority=2 search=.01
gpt-5.4-mini                                     standard  .75 .075    - -  4.5  272000 128000 batch=.5 flex=.5 priority=2 search=.01
gpt-5-mini                                       standard  .25 .025    - -    2  272000 128000 batch=.5 flex=.5 priority=1.8 search=.01
o4-mini                                          standard  1.1 .275    - -  4.4  200000 100000 batch=.5 flex=.5 priority=20/11 search=.01
gpt-6-luna                                       economy    .1  .01 .125 -   .5 1050000 128000 above271999=.2/.02/.25/-/.75 batch=.5 flex=.5 priority=2 search=.01
gpt-4.1-mini                                     economy    .4   .1    - -  1.6 1047576  32768 batch=.5 priority=1.75 search=.01
gpt-4.1-nano                                     economy    .1 .025    - -   .4 1047576  32768 batch=.5 priority=2 search=.01
gpt-4o-mini                                      economy   .15 .075    - -   .6  128000  16384 batch=.5 priority=5/3 search=.01
gpt-5.6-luna                                     economy    .2  .02  .25 -  1.2 1050000 128000 above271999=.4/.04/.5/-/1.8 batch=.5 flex=.5 priority=2 search=.01
gpt-5.4-nano                                     economy    .2  .02    - - 1.25  272000 128000 batch=.5 flex=.5 search=.01
gpt-5-nano                                       economy   .05 .005    - -   .4  272000 128000 batch=.5 flex=.5 search=.01
gpt-6-astra                                      -          10    1 12.5 -   50 1050000 128000 above271999=20/2/25/-/75 batch=.5 flex=.5 priority=2 search=.01
chatgpt-4o-latest                                -           5    -    - -   15  128000   4096 lacks=json_schema
codex-mini-latest                                -         1.5 .375    - -    6  200000 100000
gpt-3.5-turbo,gpt-3.5-turbo-0125                 -          .5    -    - -  1.5   16385   4096 lacks=images,json_schema
gpt-3.5-turbo-1106                               -           1    -    - -    2   16385   4096 retired=2026-09-28 lacks=images,json_schema
gpt-3.5-turbo-instruct                           -         1.5    -    - -    2    8192   4096 lacks=images,tools,json_schema
gpt-4                                            -          30    -    - -   60    8192   4096 lacks=images,json_schema
gpt-4-0125-preview,gpt-4-1106-preview            -          10    -    - -   30  128000   4096 retired=2026-03-26 lacks=images,json_schema
gpt-4-0314                                       -          30    -    - -   60    8192   4096 retired=2026-03-26 lacks=images,tools,json_schema
gpt-4-0613                                       -          30    -    - -   60    8192   4096 lacks=images,json_schema
gpt-4-vision-preview,gpt-4-1106-vision-preview   -          10    -    - -   30  128000   4096 retired=2024-12-06 lacks=tools,json_schema
gpt-4-turbo                                      -          10    -    - -   30  128000   4096 lacks=json_schema
gpt-4o-2024-05-13                                -           5    -    - -   15  128000   4096 batch=.5 priority=1.75 search=.01 lacks=json_schema
gpt-5.1-chat-latest                              -        1.25 .125    - -   10  128000  16384 priority=2 lacks=tools
gpt-5.2-chat-latest,gpt-5.3-chat-latest          -        1.75 .175    - -   14  128000  16384 priority=2
gpt-5.2-pro                                      -          21    -    - -  168  272000 128000 search=.01
gpt-5.5-pro,gpt-5.4-pro                          -          30    -    - -  180 1050000 128000 above271999=60/-/-/-/270 batch=.5 flex=.5 search=.01 lacks=json_schema
gpt-5-pro                                        -          15    -    - -  120  400000 128000 batch=.5 search=.01
gpt-5-chat                                       -        1.25 .125    - -   10  128000  16384 search=.01 lacks=tools
gpt-5-codex,gpt-5.1-codex-max                    -        1.25 .125    - -   10  272000 128000
gpt-5.1-codex                                    -        1.25 .125    - -   10  272000 128000 priority=2
gpt-5.1-codex-mini                               -         .25 .025    - -    2  272000 128000 priority=1.8
gpt-5.2-codex,gpt-5.3-codex                      -        1.75 .175    - -   14  272000 128000 priority=2
o1                                               -          15  7.5    - -   60  200000 100000 batch=.5
o1-pro                                           -         150    -    - -  600  200000 100000 batch=.5
o3-deep-research                                 -          10  2.5    - -   40  200000 100000 batch=.5
o3-mini                                          -         1.1  .55    - -  4.4  200000 100000 batch=.5 lacks=images
o3-pro                                           -          20    -    - -   80  200000 100000 batch=.5 search=.01
o4-mini-deep-research                            -           2   .5    - -    8  200000 100000 batch=.5
text-embedding-3-large                           -         .13    -    - -    0    8191      - batch=.5 embeddings
text-embedding-3-small                           -         .02    -    - -    0    8191      - batch=.5 embeddings
text-embedding-ada-002,text-embedding-ada-002-v2 -          .1    -    - -    0    8191      - batch=.5 embeddings
o1-mini                                          -         1.1  .55    - -  4.4  128000  65536 retired=2025-10-27 lacks=images,tools,json_schema
o1-preview                                       -          15  7.5    - -   60  128000  32768 retired=2025-07-28 lacks=images,tools,json_schema
gpt-4.5-preview                                  -          75 37.5    - -  150  128000  16384 retired=2025-07-14
gpt-chat-latest                                  -           5   .5    - -   30  128000  16384
`
